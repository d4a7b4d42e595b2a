#!/usr/bin/env bash
# Makes sure that the servers which the tests start are here: PostgreSQL, MariaDB and OpenSSH (for SFTP).
# Installs what is missing by apt where it may; otherwise fails and names the one command that helps.
# The packages start no service: tests run private servers on free ports of the loopback, with data folders of their own.
set -euo pipefail

missing() { # the packages whose server is not here
  ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || echo postgresql
  [ -x /usr/sbin/mariadbd ] || [ -x /usr/sbin/mysqld ] || command -v mariadbd >/dev/null || echo mariadb-server
  [ -x /usr/sbin/sshd ] || command -v sshd >/dev/null || echo openssh-server
}

# shellcheck disable=SC2207 # names of packages hold no blanks
packages=($(missing))
[ "${#packages[@]}" = 0 ] && exit 0
command="apt-get install -y --no-install-recommends ${packages[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update >&2
  if [ ! -e /usr/sbin/policy-rc.d ]; then # what is installed must not start as a service
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
  fi
  DEBIAN_FRONTEND=noninteractive $command >&2
  packages=($(missing))
  [ "${#packages[@]}" = 0 ] && exit 0
fi
echo "The tests start servers that are not here. Install them with: sudo $command" >&2
exit 1
