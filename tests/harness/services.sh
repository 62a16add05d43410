# shellcheck shell=bash
# What the scripts that run servers for tests share: starting, waiting, stopping.
#
# Such a script stays in the foreground as long as its servers shall run, and stops them when its
# standard input ends: that happens even when whoever started it is killed. Only what the shell still
# counts among its own running children is ever signalled: an old process id may be somebody else's.

: "${WORK:?a script that runs servers sets WORK to its own folder}"
SERVERS=()
declare -A SERVER_NAMES=()

# Ports of 127.0.0.1 that nothing listens on, below the range that outgoing connections take theirs from.
free_ports() {
    python3 - "$1" <<'PYTHON'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    port, candidate = random.randrange(20000, 32000), socket.socket()
    try:
        candidate.bind(("127.0.0.1", port))
        held.append((port, candidate))
    except OSError:
        candidate.close()
print(*(port for port, _ in held))
PYTHON
}

# Starts a server: start NAME COMMAND...
start() {
    local name=$1
    shift
    "$@" > "$WORK/$name.log" 2>&1 < /dev/null &
    SERVERS+=("$!")
    SERVER_NAMES[$!]=$name
}

is_running() { [[ " $(jobs -rp | tr '\n' ' ')" == *" $1 "* ]]; }

# Fails with a server's last words when one has ended.
all_alive() {
    local pid
    for pid in "${SERVERS[@]}"; do
        if ! is_running "$pid"; then
            echo "${SERVER_NAMES[$pid]} has ended. The end of its log:" >&2
            tail -n 20 "$WORK/${SERVER_NAMES[$pid]}.log" >&2
            return 1
        fi
    done
}

# Waits until a command succeeds: wait_for SECONDS WHAT COMMAND...
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" > /dev/null 2>&1; do
        all_alive || return 1
        if ((SECONDS >= deadline)); then
            echo "$what was not to be had in time; the logs are in $WORK" >&2
            return 1
        fi
        sleep 0.1
    done
}

# Stops every server, the last one first; one that doesn't listen is killed after ten seconds.
stop_all() {
    local index pid deadline
    for ((index = ${#SERVERS[@]} - 1; index >= 0; index--)); do
        pid=${SERVERS[index]}
        if is_running "$pid"; then kill "$pid" 2> /dev/null || true; fi
        deadline=$((SECONDS + 10))
        while is_running "$pid" && ((SECONDS < deadline)); do sleep 0.05; done
        if is_running "$pid"; then kill -KILL "$pid" 2> /dev/null || true; fi
        wait "$pid" 2> /dev/null || true
    done
    SERVERS=()
}

# Says that the servers are ready, in a file of variables for the tests, and stays until standard
# input ends: serve NAME=VALUE...
serve() {
    local status=0
    printf '%s\n' "$@" > "$WORK/ready.part"
    mv "$WORK/ready.part" "$WORK/ready"
    while all_alive; do
        status=0
        read -r -t 1 _ || status=$?
        # A status above 128 is the second that has passed; any other failure is the end of input.
        if ((status != 0 && status <= 128)); then return 0; fi
    done
    return 1
}
