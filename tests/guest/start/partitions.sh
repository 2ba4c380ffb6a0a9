# Sourced here and by the installer: POSIX sh.

# A number as four bytes, the lowest first.
le32() {
    printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}

# partition_table CODE BOOT SECTORS: the first sector of a disk of so many sectors: boot code, a FAT partition of BOOT
# sectors from the first MiB on, marked as EFI's and active, and a Linux partition up to the end.
partition_table() {
    head -c 440 "$1"
    head -c $((440 - $(wc -c < "$1"))) /dev/zero
    le32 1953719655; printf '\000\000'
    printf '\200\376\377\377\357\376\377\377'; le32 2048; le32 "$2"
    printf '\000\376\377\377\203\376\377\377'; le32 $((2048 + $2)); le32 $(($3 - 2048 - $2))
    head -c 32 /dev/zero
    printf '\125\252'
}
