#!/bin/sh
# See to it that the tests find a Kafka broker and a PostgreSQL server: services.sh
#
# Given ones (CLEARING_TEST_KAFKA, CLEARING_TEST_DB) and a Docker engine will do; else local programs
# are needed: Java 17, Maven, PostgreSQL 15, or newer. Root on Debian or Ubuntu gets them installed,
# anybody else is told what is missing. Does nothing when all is there.
set -eu
cd "$(dirname "$0")/.."

say() { echo "services: $*" >&2; }
at_least() { [ "${1:-0}" -ge "$2" ] 2>/dev/null; }

java_program() { if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then echo "$JAVA_HOME/bin/java"; else echo java; fi; }
has_java() { at_least "$("$(java_program)" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)" 17; }
has_maven() { command -v mvn >/dev/null 2>&1; }
has_jars() { [ "$(cat .services/kafka/made-from 2>/dev/null)" = "$(sha256sum services/kafka/pom.xml | cut -d' ' -f1)" ]; }
has_postgres() {
    for program in "$(command -v initdb 2>/dev/null || true)" /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$program" ] || continue
        at_least "$("$program" --version | sed -n 's/[^0-9]*\([0-9]*\).*/\1/p')" 15 && return 0
    done
    return 1
}

# Prints the packages that are missing; nothing if all is there.
missing() {
    if [ -z "${CLEARING_TEST_KAFKA:-}" ]; then
        has_java || echo openjdk-17-jre-headless
        has_maven || has_jars || echo maven
    fi
    [ -n "${CLEARING_TEST_DB:-}" ] || has_postgres || echo postgresql
}

packages="$(missing | tr '\n' ' ')"
[ -n "$packages" ] || exit 0
if command -v docker >/dev/null 2>&1 && docker info --format '{{.ServerVersion}}' 2>/dev/null | grep -q .; then
    exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "installing $packages"
    export DEBIAN_FRONTEND=noninteractive
    mkdir -p /usr/share/man/man1 # Java's package fails where an image has left out manuals
    apt-get update -qq >&2 || true
    for package in $packages; do # a newer Debian has a newer Java only
        if [ "$package" = openjdk-17-jre-headless ] && ! apt-cache show "$package" >/dev/null 2>&1; then
            package=default-jre-headless
        fi
        apt-get install -qq -y --no-install-recommends "$package" >&2 || true
    done
fi

packages="$(missing | tr '\n' ' ')"
[ -z "$packages" ] || {
    say "the tests need a Kafka broker and a PostgreSQL server of their own. Install: $packages" \
        "(names of Debian and Ubuntu; Java 17 and PostgreSQL 15 or newer), start a Docker engine, or say where they are:" \
        "CLEARING_TEST_KAFKA=HOST:PORT, CLEARING_TEST_DB=postgresql://USER@HOST:PORT/NAME"
    exit 1
}
