#!/bin/sh
# PostgreSQL makes a cluster, works, is killed, recovers and is checked. Runs as its own user, who finds the mount open to all.
set -eu
seconds=${WORKLOAD_PGBENCH_SECONDS:-3}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
user=${WORKLOAD_POSTGRES_USER:-postgres}
mkdir db
chown "$user" db
socket=$SCRATCH/socket
mkdir "$socket"
chown "$user" "$socket"
data=$PWD/db/data
as() { setpriv --reuid="$user" --regid="$user" --clear-groups env -i PATH="$bin:$PATH" LC_ALL=C.UTF-8 HOME=/nonexistent PGHOST="$socket" PGDATABASE=postgres "$@"; }
cd db
start() { as pg_ctl -D "$data" -w -l "$socket/log" -o "-k $socket -c listen_addresses='' $1" start >"$socket/ctl" 2>&1 || { cat "$socket/ctl" "$socket/log"; exit 1; }; }

as initdb -D "$data" -A trust -k --no-instructions >"$SCRATCH/initdb" 2>&1 || { cat "$SCRATCH/initdb"; exit 1; }
start "-c shared_buffers=16MB -c checkpoint_timeout=30s"
trap 'as pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1 || :' EXIT
as pgbench -q -i -s 1 >"$SCRATCH/pgbench" 2>&1 || { cat "$SCRATCH/pgbench"; exit 1; }
as pgbench -c 4 -j 2 -T "$seconds" >>"$SCRATCH/pgbench" 2>&1 || { cat "$SCRATCH/pgbench" "$socket/log"; exit 1; }
as pg_ctl -D "$data" -m immediate stop >/dev/null
start "-c wal_level=minimal -c max_wal_senders=0"
# What every transaction of pgbench adds, it adds to all four tables.
[ "$(as psql -Atc 'select (select sum(abalance) from pgbench_accounts) = (select sum(tbalance) from pgbench_tellers)
    and (select sum(bbalance) from pgbench_branches) = (select sum(delta) from pgbench_history)
    and (select sum(tbalance) from pgbench_tellers) = (select sum(delta) from pgbench_history)')" = t ]
as psql -qc 'vacuum full'
as pg_ctl -D "$data" -m fast stop >/dev/null
trap - EXIT
as pg_checksums --check -D "$data" >"$SCRATCH/checksums" || { cat "$SCRATCH/checksums"; exit 1; }
sed -n 's/^tps/&/p' "$SCRATCH/pgbench"
cd ..
rm -r db
