# shellcheck shell=bash
# Where state lives, and how ./dev talks: steps with their seconds, failures with what to do about them.

state=$root/.local

fail() { # WHAT WHAT_TO_DO...
    {
        printf '✗ %s\n' "$1"
        shift
        [ $# -eq 0 ] || printf '  → %s\n' "$@"
    } >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

is_root() { [ "$(id -u)" -eq 0 ]; }

# Runs once per invocation: makes .local/, reads what earlier invocations remembered, and gives tools a writable home.
prepare_state() {
    mkdir -p "$state/log" "$state/run" 2>/dev/null && [ -w "$state/run" ] && [ -w "$root" ] ||
        fail "$root is not writable for $(id -un 2>/dev/null || id -u)." \
            "Work in a clone of your own: git clone \"$root\" <folder>" \
            "or take this one over, as root: chown -R $(id -u):$(id -g) \"$root\""
    [ -e "$state/env" ] || (umask 077 && : >"$state/env")
    given_database=${ASSAY_DATABASE-}
    given_storage=${AzureWebJobsStorage-}
    given_choice=${ASSAY_POSTGRES-}
    recall

    if [ ! -d "${HOME-}" ] || [ ! -w "${HOME-}" ]; then
        mkdir -p "$state/home"
        export HOME=$state/home
    fi
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
    export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"
}

# What the user sets wins over what was remembered.
recall() {
    # shellcheck source=/dev/null
    . "$state/env"
    [ -z "$given_database" ] || export ASSAY_DATABASE=$given_database
    [ -z "$given_storage" ] || export AzureWebJobsStorage=$given_storage
    [ -z "$given_choice" ] || export ASSAY_POSTGRES=$given_choice
}

# .local/env holds what was found or chosen, one quoted NAME='value' a line, so that a shell can source it.
remember() { # NAME VALUE
    local quoted=${2//\'/\'\\\'\'}
    (
        umask 077 # there may be passwords in it
        grep -v "^export $1=" "$state/env" >"$state/env.new" || true
        printf "export %s='%s'\n" "$1" "$quoted" >>"$state/env.new"
        mv "$state/env.new" "$state/env"
    )
    export "$1=$2"
}

# Polls until COMMAND succeeds; false after SECONDS.
eventually() { # SECONDS COMMAND...
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

# Runs COMMAND in the background of a named line that ticks until it ends; on failure shows the end of its output.
# What COMMAND finds out it hands on with `remember`.
step() { # NAME COMMAND...
    try_step "$@"
    [ "$step_status" -eq 0 ] || exit 1
}

# The same, where there is another way on failure: the outcome is in step_status. Not in the exit status, because
# `try_step … ||` would switch `set -e` off within COMMAND, and its own failures would pass unseen.
try_step() { # NAME COMMAND...
    local name=$1 log began=$SECONDS shown=0
    log=$state/log/$(printf '%s' "$1" | tr -cs 'A-Za-z0-9\n' '-').log
    shift
    set -m
    (TERM=dumb "$@") >"$log" 2>&1 </dev/null 8>&- &
    step_pid=$!
    set +m
    [ ! -t 1 ] || printf '… %s' "$name"
    while kill -0 "$step_pid" 2>/dev/null; do
        sleep 0.1
        [ $((SECONDS - began)) -gt "$shown" ] || continue
        shown=$((SECONDS - began))
        if [ -t 1 ]; then
            printf '\r… %s %ss' "$name" "$shown"
        elif [ "$shown" -eq 2 ] || [ $((shown % 15)) -eq 0 ]; then
            printf '… %s %ss\n' "$name" "$shown"
        fi
    done
    [ ! -t 1 ] || printf '\r\033[K'
    step_status=0
    wait "$step_pid" || step_status=$?
    step_pid=
    if [ "$step_status" -eq 0 ]; then
        printf '✓ %s %ss\n' "$name" $((SECONDS - began))
        recall
        return 0
    fi
    printf '✗ %s, after %ss:\n' "$name" $((SECONDS - began)) >&2
    tail -n 25 "$log" | sed 's/^/    /' >&2
    printf '  → all of its output is in %s\n' "$log" >&2
}

# Two invocations must not install, start or build the same thing at once. Without flock(1) they are assumed not to.
exclusively() { # COMMAND...
    if have flock; then
        exec 7>>"$state/run/preparing"
        flock -n 7 || step "waiting for another ./dev in this clone" flock 7
        flock 7
    fi
    "$@"
    if have flock; then exec 7>&-; fi
}
