#!/bin/sh
# A database under each journal mode, with and without memory mapping, two processes at it at once; after each it must be whole.
set -eu
rows=${WORKLOAD_SQLITE_ROWS:-50}

work() {
    db=$1
    mode=$2
    setting="pragma journal_mode=$mode; pragma mmap_size=$3;"
    sqlite3 "$db" "$setting create table t(id integer primary key, who text, data blob); create index i on t(who, id);" >"$SCRATCH/out"
    [ "$(head -n 1 "$SCRATCH/out")" = "$mode" ]
    for who in a b; do
        {
            echo ".timeout 60000"
            echo "pragma mmap_size=$3;"
            echo "pragma synchronous=$4;"
            n=0
            while [ $n -lt "$rows" ]; do
                echo "begin immediate; insert into t(who, data) values('$who', randomblob(abs(random() % 5000))); update t set data=randomblob(100) where id=$((n / 2)); commit;"
                n=$((n + 1))
            done
        } >"$SCRATCH/$who.sql"
    done
    sqlite3 -bail "$db" <"$SCRATCH/a.sql" >"$SCRATCH/a.out" 2>&1 &
    first=$!
    sqlite3 -bail "$db" <"$SCRATCH/b.sql" >"$SCRATCH/b.out" 2>&1 || { cat "$SCRATCH/b.out"; exit 1; }
    wait $first || { cat "$SCRATCH/a.out"; exit 1; }
    [ "$(sqlite3 "$db" "pragma integrity_check; select who, count(*) from t group by who order by who;" | tr '\n' ' ')" = "ok a|$rows b|$rows " ]
    sqlite3 "$db" "begin; delete from t where id % 3 = 0; rollback; vacuum; pragma wal_checkpoint(truncate);" >"$SCRATCH/out"
    [ "$(sqlite3 "$db" "pragma integrity_check; select count(*) from t;" | tr '\n' ' ')" = "ok $((rows * 2)) " ]
    rm "$db"*
}

work delete.db delete 0 normal
work truncate.db truncate 0 normal
work persist.db persist 1048576 normal
work wal.db wal 0 normal
work mapped.db wal 1073741824 full
[ -z "$(ls -A)" ]
