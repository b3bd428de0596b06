#!/bin/sh
# A C project comes by git clone, is built by make with two jobs, changed, built again, committed, packed and checked.
set -eu
files=${WORKLOAD_C_FILES:-20}
export HOME="$SCRATCH" GIT_CONFIG_NOSYSTEM=1
git config --global user.name Caisson
git config --global user.email caisson@localhost
git config --global init.defaultBranch main
git config --global --add safe.directory '*'

origin=$SCRATCH/origin
mkdir "$origin"
i=0
while [ $i -lt "$files" ]; do
    mkdir -p "$origin/src/part$((i % 5))"
    printf '#include "all.h"\nint f%d(int x) { return x + %d; }\n' $i $i >"$origin/src/part$((i % 5))/f$i.c"
    printf 'int f%d(int);\n' $i >>"$origin/src/all.h"
    printf 'x = f%d(x);\n' $i >>"$origin/src/calls.inc"
    i=$((i + 1))
done
printf '#include <stdio.h>\n#include "all.h"\nint main(void) {\nint x = 0;\n#include "calls.inc"\nprintf("%%d\\n", x);\nreturn 0;\n}\n' >"$origin/src/main.c"
cat >"$origin/Makefile" <<'M'
sources := $(wildcard src/*.c src/*/*.c)
program: $(sources:.c=.o)
	gcc -o $@ $^
%.o: %.c src/all.h src/calls.inc
	gcc -O1 -Isrc -c -o $@ $<
M
printf '*.o\nprogram\n' >"$origin/.gitignore"
(cd "$origin" && git init -q && git add . && git commit -qm first)

expected=$((files * (files - 1) / 2))
git clone -q "$origin" project
cd project
make -s -j2
[ "$(./program)" = $expected ]
[ -z "$(git status --porcelain)" ]
sleep 0.01
sed -i 's/return x + 0;/return x + 1000;/' src/part0/f0.c
make -s -j2
[ "$(./program)" = $((expected + 1000)) ]
make -q
[ "$(git status --porcelain)" = ' M src/part0/f0.c' ]
git commit -qam second
git checkout -q HEAD~1
git checkout -q main
git gc -q
git fsck --strict --no-progress
git push -q origin HEAD:pushed
git -C "$origin" fsck --strict --no-progress
git worktree add -q ../beside HEAD~1
diff -r --exclude=.git "$origin" ../beside
cd ..
rm -r project beside
[ -z "$(ls -A)" ]
