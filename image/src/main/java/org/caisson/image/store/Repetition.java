package org.caisson.image.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.image.erofs.SideFile;

/**
 * What layers have in common. Empty files and files with holes are not counted.
 *
 * @param files how many files all layers have, a file that is in two of them twice
 * @param bytes how much data these are
 * @param repeatedFiles how many of them have the content of a file in a layer beneath
 * @param repeatedBytes how much data these are: what is on the disk more than once
 */
public record Repetition(long files, long bytes, long repeatedFiles, long repeatedBytes) {
    /** A SHA-256 digest as four words. */
    private record Content(long one, long two, long three, long four) {
        static Content of(byte[] digest) {
            ByteBuffer words = ByteBuffer.wrap(digest);
            return new Content(words.getLong(), words.getLong(), words.getLong(), words.getLong());
        }
    }

    /** Compares layers, the lowest first, by their side files. A layer that has none has no files. */
    static Repetition of(List<Path> sideFiles) throws IOException {
        Repetition sum = new Repetition(0, 0, 0, 0);
        Set<Content> beneath = new HashSet<>();
        for (Path file : sideFiles) {
            if (!Files.exists(file)) {
                continue;
            }
            Set<Content> here = new HashSet<>();
            try (SideFile side = SideFile.open(file)) {
                for (int i = 0; i < side.count(); i++) {
                    Content content = Content.of(side.digest(i));
                    here.add(content);
                    sum = sum.plus(side.size(i), beneath.contains(content));
                }
            }
            beneath.addAll(here);
        }
        return sum;
    }

    private Repetition plus(long size, boolean repeated) {
        return new Repetition(
                files + 1, bytes + size, repeatedFiles + (repeated ? 1 : 0), repeatedBytes + (repeated ? size : 0));
    }
}
