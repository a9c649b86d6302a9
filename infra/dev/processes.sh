# shellcheck shell=bash
# Processes are recorded as "pid start-time", so that a recycled pid is never taken for ours.

# Nothing for a process that has ended, be it that nobody has collected it yet (state Z).
start_time() { # PID
    if [ -r "/proc/$1/stat" ]; then
        sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
    else
        ps -o lstart= -p "$1" 2>/dev/null || true
    fi
}

record_process() { # NAME PID
    printf '%s %s\n' "$2" "$(start_time "$2")" >"$state/run/$1.pid"
}

# Prints the pid if the recorded process still is the one we started.
live_process() { # NAME
    local pid started
    { read -r pid started <"$state/run/$1.pid"; } 2>/dev/null || return 1
    [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ] || return 1
    printf '%s\n' "$pid"
}

process_gone() { ! live_process "$1" >/dev/null; }

# Asks a recorded process to end; after SECONDS it is killed.
end_process() { # NAME SECONDS
    local pid
    if pid=$(live_process "$1"); then
        kill -TERM "$pid" 2>/dev/null || true
        eventually "$2" process_gone "$1" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$state/run/$1.pid"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The preferred port, or the next free one after it.
free_port() { # PREFERRED
    local port=$1
    while port_taken "$port"; do port=$((port + 1)); done
    printf '%s\n' "$port"
}
