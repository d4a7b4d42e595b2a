#!/usr/bin/env bash
# Prints the home of a Java that Spark 4.0 runs on (17 or 21, with the module jdk.incubator.vector).
# Installs one by apt where it may; otherwise fails and names the one command that helps.
set -euo pipefail

home_of() { # the home of a java binary, when it fits
  "$1" --list-modules 2>/dev/null | grep -q '^jdk.incubator.vector@\(17\|21\)' || return 1
  "$1" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.home = //p'
}

find_java() {
  local each
  for each in "${JAVA_HOME:-/nowhere}/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java; do
    [ -x "$each" ] && home_of "$each" && return 0
  done
  return 1
}

find_java && exit 0
command="apt-get install -y --no-install-recommends openjdk-17-jre-headless"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update >&2
  apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 || command=${command/17/21}
  DEBIAN_FRONTEND=noninteractive $command >&2
  find_java && exit 0
fi
echo "Spark needs Java 17 or 21, which is not here. Install it with: sudo $command" >&2
exit 1
