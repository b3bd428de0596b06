#!/bin/sh
# A tree with all that rsync -aHAX knows of goes in and out again without a difference.
set -eu
tree=$SCRATCH/tree
mkdir -p "$tree/a/b/c" "$tree/empty"
printf 'text\n' >"$tree/a/file"
printf 'other\n' >"$tree/a/b/it has blanks"
: >"$tree/a/b/none"
ln "$tree/a/file" "$tree/a/b/c/same"
ln "$tree/a/file" "$tree/third"
ln -s ../file "$tree/a/b/up"
ln -s /nonexistent "$tree/dangling"
ln "$tree/dangling" "$tree/dangling too" 2>/dev/null || :
mkfifo "$tree/pipe"
truncate -s 1m "$tree/sparse"
printf x | dd of="$tree/sparse" bs=1 seek=500000 conv=notrunc status=none
head -c 300000 /dev/urandom >"$tree/random"
printf 'bytes' >"$tree/$(printf 'n\377\001\nx')"
chmod 4755 "$tree/random"
chmod 2775 "$tree/a"
chmod 1777 "$tree/empty"
chmod 000 "$tree/a/b/none"
chown 12:34 "$tree/a/b/it has blanks"
touch -d '1999-12-31 23:59:59.123456789' "$tree/third"
touch -h -d '2001-02-03 04:05:06.789' "$tree/dangling"
setfattr -n user.colour -v red "$tree/a/file"
setfattr -n user.colour -v blue "$tree/a/b"
setfattr -n trusted.secret -v yes "$tree/random"
setfacl -m u:1234:rw,g:5678:r,m::rw "$tree/a/b/it has blanks"
setfacl -d -m u:1234:rwx "$tree/a/b/c"
i=0
while [ $i -lt "${WORKLOAD_RSYNC_FILES:-200}" ]; do
    echo $i >"$tree/a/b/c/many$i"
    i=$((i + 1))
done
touch -d '2010-10-10 10:10:10.5' "$tree/a" "$tree/empty" "$tree"

same() {
    difference=$(rsync -aHAX --numeric-ids --delete -n -i "$1/" "$2/")
    [ -z "$difference" ] || {
        printf '%s to %s:\n%s\n' "$1" "$2" "$difference"
        exit 1
    }
}
rsync -aHAX --numeric-ids "$tree/" in/
same "$tree" "$PWD/in"
rsync -aHAXc --numeric-ids in/ "$SCRATCH/out/"
same "$PWD/in" "$SCRATCH/out"
same "$tree" "$SCRATCH/out"
rsync -aHAX --numeric-ids -S --inplace "$tree/" sparse/
same "$tree" "$PWD/sparse"
diff -r --no-dereference --exclude=pipe "$tree" in
rm -r in sparse
