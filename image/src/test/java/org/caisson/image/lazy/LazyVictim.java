package org.caisson.image.lazy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;

/** A program that pulls lazily, reads, completes, removes and collects without end, to be killed. Arguments: store, name, size. */
final class LazyVictim {
    private LazyVictim() {}

    public static void main(String[] args) throws Exception {
        ImageStore store = LazyStore.at(Path.of(args[0]));
        int size = Integer.parseInt(args[2]);
        Random random = new Random();
        System.out.println("begins");
        System.out.flush();
        while (true) {
            StoredImage image = LazyStore.pull(store, args[1], true, new ArrayList<>());
            if (store.parts(image.manifest().layers().getFirst()) != null) {
                try (LazyStore opened = LazyStore.open(store, image, Duration.ofSeconds(20))) {
                    for (int i = 0; i < 20; i++) {
                        opened.read("big", random.nextInt(size), 1000);
                    }
                    opened.begin();
                    opened.read("big", random.nextInt(size), 1_000_000);
                }
            }
            if (random.nextBoolean()) {
                LazyStore.pull(store, args[1], false, new ArrayList<>());
            }
            if (random.nextInt(3) == 0) {
                store.remove(image.name());
                store.collect();
            }
        }
    }
}
