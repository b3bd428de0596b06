package org.caisson.image.store;

import java.nio.file.Path;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;

/** A program that imports, removes and collects without end, to be killed. Arguments: store, layout. */
final class Victim {
    private Victim() {}

    public static void main(String[] args) throws Exception {
        ImageStore store = ImageStore.open(Path.of(args[0]), new PlainTar());
        Importer importer = new Importer(store, Platform.host(), ImageProgress.SILENT, null);
        System.out.println("begins");
        System.out.flush();
        for (int i = 0; ; i++) {
            StoredImage image = importer.take(Path.of(args[1]), Reference.parse("victim:" + i % 3));
            if (i % 2 == 1) {
                store.remove(image.name());
                store.remove(Reference.parse("victim:" + (i + 1) % 3));
                store.remove(Reference.parse("victim:" + (i + 2) % 3));
                store.collect();
            }
        }
    }
}
