#!/usr/bin/env bash
# Measures the probe against the official command lines that look at the same things, in pairs: A B A B and so on, so
# that a machine that gets slower or faster meanwhile does not favour either.
#
#   eval "$(lattice-deploy dev env)"                  # or the variables of any three servers
#   lattice-health/bench.sh [PROBE] [PAIRS] [SERVICE]
#
# Prints the median and the largest time of each, the median of the ratios, and how much memory the probe took at most.
set -euo pipefail
probe=${1:-target/release/lattice-health} pairs=${2:-21} service=${3:-latticedb}
export LATTICE_SERVICE=$service

# What an operator would type to see what the probe sees: reachability, leaders, servers, nodes, job, service, token.
# That a command finds something bad is no failure of the bench.
official() {
    consul operator raft list-peers
    consul members
    consul acl token read -self
    consul catalog nodes -service="$service"
    vault status
    vault token lookup
    vault operator raft autopilot state
    nomad operator raft list-peers
    nomad node status
    nomad job status "$service"
    nomad job deployments "$service"
    nomad acl token self
} >/dev/null 2>&1

micros() {
    local begun=${EPOCHREALTIME/./}
    "$@" || true
    local ended=${EPOCHREALTIME/./}
    echo $((ended - begun))
}
ours() { "$probe" consul vault nomad app tokens deployment >/dev/null 2>&1; }

ours || echo "note: the probe ends with $?"
official || true
for _ in $(seq "$pairs"); do
    echo "$(micros ours) $(micros official)"
done | awk '
    function median(values, count) { asort_simple(values, count); return values[int((count + 1) / 2)] }
    function asort_simple(values, count,  i, j, t) {
        for (i = 2; i <= count; i++) for (j = i; j > 1 && values[j] + 0 < values[j - 1] + 0; j--) {
            t = values[j]; values[j] = values[j - 1]; values[j - 1] = t
        }
    }
    { a[NR] = $1; b[NR] = $2; r[NR] = $2 / $1 }
    END {
        am = median(a, NR); bm = median(b, NR); rm = median(r, NR)
        printf "probe:                  median %7.1f ms, at most %7.1f ms\n", am / 1e3, a[NR] / 1e3
        printf "official command lines: median %7.1f ms, at most %7.1f ms\n", bm / 1e3, b[NR] / 1e3
        printf "the probe is %.1f times as fast (median of %d pairs)\n", rm, NR
    }'

# The kernel keeps the largest resident size while the process lives: a probe that waits to be told to end.
"$probe" consul vault nomad app tokens deployment --watch 60s >/dev/null 2>&1 &
child=$!
sleep 2
echo "peak memory: $(awk '/^VmHWM/ { printf "%.1f MB", $2 / 1000 }' "/proc/$child/status")"
kill "$child"
wait "$child" || true
stat --format "size: %s bytes" "$probe"
