#!/bin/sh
# Make .venv hold exactly the locked packages and the program: setup.sh run|dev
#
# Safe to call at any time: does nothing when nothing changed, begins again when a former run was
# cut short, and one call waits for another. Needs Python 3.11 or newer, nothing else.
set -eu
cd "$(dirname "$0")/.."
kind=$1

say() { echo "set-up: $*" >&2; }
fail() { say "$*"; exit 1; }
recent() { [ "$("$1" -I -c 'import sys; print(sys.version_info >= (3, 11))' 2>/dev/null)" = True ]; }
complete() { "$1" -I -c 'import ensurepip, venv' >/dev/null 2>&1; }

# -- Is there anything to do? ----------------------------------------------------------------------
# The environment is as good as the locks it was made from, at the place it was made for.
base="$(cat requirements/*.lock requirements/setup.sh | cksum) $(pwd -P)"
want="$(cksum <pyproject.toml)"

usable() { [ "$(cat .venv/.made-from 2>/dev/null)" = "$base" ] && [ ! -e .venv/.unfinished ] && recent .venv/bin/python; }
finished() { usable && [ -x .venv/bin/clearing ] && [ "$(cat ".venv/.done-$kind" 2>/dev/null)" = "$want" ]; }

finished && exit 0
if command -v flock >/dev/null 2>&1; then
    exec 9>.venv.lock
    flock 9
    finished && exit 0
fi

# -- A Python to start from ------------------------------------------------------------------------
# The system's own before another of the same version: distributions optimise theirs for speed, which
# pyenv does not unless it is told to; the program takes a fifth more CPU there.
find_python() {
    found=
    missing=${PYTHON:+"$PYTHON is not one"}
    for candidate in ${PYTHON:-/usr/bin/python3.11 python3.11 /usr/bin/python3 python3 python3.12 python3.13 python3.14}; do
        recent "$candidate" || continue
        found=${found:-$candidate}
        if complete "$candidate"; then
            found=$candidate
            return
        fi
    done
    [ -n "$found" ] || fail "Python 3.11 or newer is needed and ${missing:-none was found}: install it (Debian," \
        "Ubuntu: apt-get install python3.11 python3.11-venv) or name it: make PYTHON=/path/to/python3.11"
}

add_venv_module() {
    package="$("$found" -I -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "$found has no venv module: installing $package"
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -qq -y "$package" >/dev/null 2>&1 ||
            { apt-get update -qq && apt-get install -qq -y "$package"; } >&2 || true
    fi
    complete "$found" || fail "$found has no venv module: install it (Debian, Ubuntu: apt-get install $package)"
}

# -- The way to the packages may be the caller's own (mirror, proxy, certificate); what is installed,
# -- and where to, may not -------------------------------------------------------------------------
for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\)=.*/\1/p'); do
    case $name in
    PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX | PIP_TRUSTED_HOST) ;;
    PIP_CERT | PIP_CLIENT_CERT | PIP_PROXY | PIP_RETRIES | PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT) ;;
    PIP_CACHE_DIR | PIP_NO_CACHE_DIR | PIP_CONFIG_FILE | PIP_KEYRING_PROVIDER) ;;
    *) unset "$name" ;;
    esac
done
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1
pip() { .venv/bin/python -I -m pip "$@"; }

# -- Make it ---------------------------------------------------------------------------------------
if ! usable; then
    find_python
    complete "$found" || add_venv_module
    [ ! -e .venv ] || say "the locked packages changed, or a former set-up was cut short: making .venv anew"
    rm -rf .venv
    say "making .venv with $("$found" -I -c 'import sys; print("Python", sys.version.split()[0], "at", sys.executable)')"
    "$found" -I -m venv .venv
    echo "$base" >.venv/.made-from
fi
: >.venv/.unfinished # a run that dies from here on leaves this behind, and the next begins afresh
say "installing the $kind packages of requirements/$kind.lock"
pip install --quiet --require-hashes -r "requirements/$kind.lock" >&2
pip install --quiet --no-deps --no-build-isolation -e . >&2
[ -x .venv/bin/clearing ] || fail "the program was not installed: does pyproject.toml name it under project.scripts?"
echo "$want" >".venv/.done-$kind"
[ "$kind" = run ] || echo "$want" >.venv/.done-run
rm .venv/.unfinished
