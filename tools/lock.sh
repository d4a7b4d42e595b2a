#!/usr/bin/env bash
# Writes requirements/*.txt anew from requirements/*.in: versions and hashes, no address of any index.
# Needs uv. Usage: tools/lock.sh [NAME...]; UV=path/to/uv when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() {
  local name=$1
  shift
  "${UV:-uv}" pip compile "requirements/$name.in" -o "requirements/$name.txt" --quiet --universal \
    --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links "$@"
}
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(core build demo sources spark test docs bench)
for name in "${names[@]}"; do
  case $name in
    core | bench) lock "$name" ;;            # the peers live apart, so they need not agree with the core
    build) lock "$name" -c requirements/core.txt ;;
    test) lock test -c requirements/core.txt -c requirements/sources.txt ;; # moto and s3fs must agree on botocore
    *) lock "$name" -c requirements/core.txt ;;
  esac
  echo "requirements/$name.txt: $(grep -c '==' "requirements/$name.txt") packages"
done
