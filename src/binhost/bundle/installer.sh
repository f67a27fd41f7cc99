#!/bin/sh
# The installer at the front of every bundle: plain POSIX sh. What is known of the bundle is set before it (see bundle-header.ts), and its payload follows.
set -u

usage() {
  cat <<TEXT
Installs release $farm/$release${since:+ on top of $since}, without network.

Usage: sh ${0##*/} --prefix DIR [options] [SET or PACKAGE]...

  --prefix DIR       the folder to install into; any that you can write
  --fingerprint F    the fingerprint of the farm's key, as you know it
  --yes              believe the farm's key without a question
  --platform P       one of: $platforms
  --dry-run          say what would be installed, and do nothing
  --binfarm FILE     use this binfarm instead of the one inside
  --info             say what is inside, and do nothing
  --help             show this page

TMPDIR names the folder for what is needed meanwhile (about 200 MB).
TEXT
}

# fail CODE MESSAGE [HINT]...
fail() {
  code=$1
  printf 'error: %s\n' "$2" >&2
  shift 2
  [ $# = 0 ] || printf '  hint: %s\n' "$@" >&2
  exit "$code"
}

work=
made=
child=

clean_up() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$made" ] || rmdir "$made" 2>/dev/null
  work=
  made=
}

# A signal ends the installation in order first.
stop() {
  trap '' HUP INT TERM
  if [ -n "$child" ]; then
    kill -s TERM "$child" 2>/dev/null
    wait "$child"
  fi
  exit "$1"
}

# Makes $work, a folder that nobody else can write, in the folder $1. One that was killed may have left its own there, under a number that comes again.
make_work() {
  for turn in 1 2 3 4 5 6 7 8 9; do
    work=$1/.binfarm-bundle-$$-$turn
    (umask 077 && mkdir "$work") 2>/dev/null && return
    [ -d "$work" ] || break
  done
  work=
  problem="nothing can be written to $1"
  return 1
}

# Unpacks the binfarm inside below the folder $1 and sees whether it runs there.
unpack_program() {
  make_work "$1" || return
  program=$work/binfarm
  if tail -c "+$((payload_offset + program_at + 1))" "$self" 2>/dev/null | head -c "$program_size" |
    gzip -dc >"$program" 2>"$work/problem" && chmod 700 "$program"; then
    "$program" --version >/dev/null 2>"$work/problem" && return
    state=$?
    problem="the binfarm inside does not run in $1 (exit code $state)"
    [ "$state" != 126 ] || problem="no program may be run in $1"
  else
    problem="the binfarm inside cannot be unpacked to $1"
  fi
  while read -r line; do
    problem="$problem; $line"
  done <"$work/problem"
  rm -rf "$work"
  work=
  return 1
}

# In the usual folder for such things, or, where that is full or runs no programs, beside what is installed.
place_program() {
  unpack_program "${TMPDIR:-/tmp}" && return
  first=$problem
  if [ ! -d "$prefix" ]; then
    made=$prefix
    mkdir -p "$prefix" 2>/dev/null || made=
  fi
  [ -d "$prefix" ] && unpack_program "$prefix" && return
  fail 3 "Cannot start the binfarm inside: $first" "$problem" \
    "It needs Linux with glibc $program_glibc or newer and libstdc++, and 200 MB in a folder that runs programs: TMPDIR=..."
}

# The machine's own binfarm, for a bundle without one.
find_program_here() {
  for program in "$prefix/bin/binfarm" "$(command -v binfarm 2>/dev/null)"; do
    [ ! -x "$program" ] || [ -d "$program" ] || return 0
  done
  fail 3 "Cannot find binfarm on this machine, and none for $machine is inside (inside: ${systems:-none})" \
    "Name one with --binfarm FILE"
}

check_glibc() {
  have=$(getconf GNU_LIBC_VERSION 2>/dev/null) || return 0
  have=${have#glibc }
  case $have in
    *[!0-9.]* | '' | *.*.*.*) return 0 ;;
  esac
  have_minor=${have#*.}
  need_minor=${program_glibc#*.}
  [ "${have%%.*}" -gt "${program_glibc%%.*}" ] || [ "${have_minor%%.*}" -ge "${need_minor%%.*}" ] ||
    fail 3 "Cannot install here: the binfarm inside needs glibc $program_glibc, and this machine has $have"
}

check_file() {
  size=$(wc -c <"$self" | tr -d ' ') || exit 3
  whole=$((payload_offset + payload_size + 65)) # a digest and a new line follow the payload
  [ "$size" = "$whole" ] || fail 1 "Cannot use $self: it has $size bytes instead of $whole" 'Copy it again, the copy was broken off'
}

check_payload() {
  command -v sha256sum >/dev/null 2>&1 || return 0
  stated=$(tail -c 65 "$self")
  found=$(tail -c "+$((payload_offset + 1))" "$self" 2>/dev/null | head -c "$payload_size" | sha256sum)
  [ "${found%% *}" = "$stated" ] || fail 1 "Cannot use $self: it is damaged; its payload's sha256 is not $stated" 'Copy it again'
}

# Sets $accepted, the fingerprint that binfarm compares with the key that has really signed the release.
accept_key() {
  accepted=$given
  [ -z "$given" ] || return 0
  [ ! -f "$prefix/keys/$key.pub" ] || return 0
  printf 'Release %s/%s is signed by the key with the fingerprint\n  %s\n' "$farm" "$release" "$fingerprint" >&2
  if ! "$yes"; then
    [ -t 0 ] || fail 2 'Cannot ask whether you believe that key: there is no terminal' \
      'Compare the fingerprint with one that you got in another way, then add: --fingerprint F'
    printf 'Compare it with one that you got in another way. Believe this key from now on? [y/N] ' >&2
    read -r answer || answer=
    case $answer in
      y | Y | yes) ;;
      *) fail 1 'Nothing was installed.' ;;
    esac
  fi
  accepted=$fingerprint
}

case $0 in
  /*) self=$0 ;;
  *) self=$PWD/$0 ;;
esac
prefix=
given=
platform=
program=
yes=false
info=false
dry_run=

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | -p | --fingerprint | --platform | --binfarm)
      [ $# -ge 2 ] || fail 2 "$1 needs a value (try --help)"
      case $1 in
        --prefix | -p) prefix=$2 ;;
        --fingerprint) given=$2 ;;
        --platform) platform=$2 ;;
        --binfarm) program=$2 ;;
      esac
      shift
      ;;
    --prefix=*) prefix=${1#*=} ;;
    --fingerprint=*) given=${1#*=} ;;
    --platform=*) platform=${1#*=} ;;
    --binfarm=*) program=${1#*=} ;;
    --yes | -y) yes=true ;;
    --info) info=true ;;
    --dry-run | -n) dry_run=--dry-run ;;
    --help | -h) usage; exit 0 ;;
    --) shift; break ;;
    -*) fail 2 "There is no option $1 (try --help)" ;;
    *) break ;;
  esac
  shift
done

[ -f "$self" ] || fail 2 'Run this file by its path: sh PATH --prefix DIR'
check_file
if "$info"; then
  printf 'release      %s/%s\n' "$farm" "$release"
  [ -z "$since" ] || printf 'on top of    %s\n' "$since"
  printf 'platforms    %s\nsigned by    %s\nbinfarm for  %s\n' "$platforms" "$fingerprint" "${systems:-none}"
  exit 0
fi
[ -n "$prefix" ] || fail 2 'Say where to install: --prefix DIR (try --help)'
case $prefix in
  /*) ;;
  *) prefix=$PWD/$prefix ;;
esac

[ "$(uname -s)" = Linux ] || fail 3 "Cannot install here: this is $(uname -s), and the release is for Linux"
machine=$(uname -m)
find_program "$machine"
[ -z "$program_at" ] || [ -n "$program" ] || check_glibc
check_payload
trap clean_up EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM
accept_key
if [ -z "$program" ]; then
  if [ -n "$program_at" ]; then place_program; else find_program_here; fi
fi

set -- bundle install "$self" --prefix "$prefix" ${dry_run:+"$dry_run"} ${platform:+--platform "$platform"} \
  ${accepted:+--fingerprint "$accepted"} -- "$@"
if [ -n "$work" ]; then TMPDIR=$work "$program" "$@" & else "$program" "$@" & fi
child=$!
wait "$child"
code=$?
child=
exit "$code"
