#!/bin/sh
# Data that fio writes is read back and compared by checksum: by write(2), past the page cache, by shared mappings, and by several at once.
set -eu
size=${WORKLOAD_FIO_SIZE:-8m}

check() {
    name=$1
    shift
    fio --name="$name" --filename="$name" --size="$size" --verify=crc32c --verify_fatal=1 --do_verify=1 --randseed=1 --verify_state_save=0 \
        --output="$SCRATCH/fio" "$@" || {
        cat "$SCRATCH/fio"
        exit 1
    }
    rm "$name"
}

check written --rw=randwrite --bs=4k --ioengine=psync
check uneven --rw=randwrite --bsrange=512-64k --bs_unaligned=1 --ioengine=psync
check direct --rw=randwrite --bs=4k --ioengine=psync --direct=1
check queued --rw=randwrite --bs=16k --ioengine=libaio --iodepth=16 --direct=1
check mapped --rw=randwrite --bs=4k --ioengine=mmap
check appended --rw=write --bs=128k --ioengine=psync --fallocate=none --end_fsync=1
check mixed --rw=randrw --bs=4k --ioengine=psync --verify_backlog=64
