package org.caisson.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.caisson.runtime.spec.IdMapping;
import org.caisson.runtime.stage.IdMap;

/**
 * Which ids of the host a container's ids are.
 *
 * @param given whether the specification named them, so that its files are owned accordingly
 */
record IdMaps(List<IdMap> uids, List<IdMap> gids, boolean given) {

    /** One range for both. */
    static IdMaps range(long base) {
        List<IdMap> map = List.of(new IdMap(0, base, IdRange.SIZE));
        return new IdMaps(map, map, false);
    }

    static IdMaps of(List<IdMapping> uids, List<IdMapping> gids) {
        return new IdMaps(maps(uids), maps(gids), true);
    }

    private static List<IdMap> maps(List<IdMapping> mappings) {
        List<IdMap> maps = new ArrayList<>();
        for (IdMapping mapping : mappings) {
            maps.add(new IdMap(mapping.containerId(), mapping.hostId(), mapping.size()));
        }
        return maps;
    }

    /** The host's id of the container's user 0. */
    long rootUid() throws ContainerException {
        return root(uids, "linux.uidMappings");
    }

    /** The host's id of the container's group 0. */
    long rootGid() throws ContainerException {
        return root(gids, "linux.gidMappings");
    }

    /** How many ids from 0 on are mapped in one piece. */
    int count() {
        for (IdMap map : uids) {
            if (map.inside() == 0) {
                return (int) Math.min(map.size(), Integer.MAX_VALUE);
            }
        }
        return 1;
    }

    /** A mapping under which files that belong to the container's users on the host are shown as theirs. */
    org.caisson.vfs.IdMapping toContainer() {
        return mapping(IdMap::outside, IdMap::inside);
    }

    /** The reverse: files that belong to users of the container, as the host has them. */
    org.caisson.vfs.IdMapping toHost() {
        return mapping(IdMap::inside, IdMap::outside);
    }

    private org.caisson.vfs.IdMapping mapping(ToLongFunction<IdMap> stored, ToLongFunction<IdMap> shown) {
        return new org.caisson.vfs.IdMapping(ranges(uids, stored, shown), ranges(gids, stored, shown));
    }

    private static List<org.caisson.vfs.IdMapping.Range> ranges(
            List<IdMap> maps, ToLongFunction<IdMap> stored, ToLongFunction<IdMap> shown) {
        return maps.stream()
                .map(map -> new org.caisson.vfs.IdMapping.Range(
                        (int) stored.applyAsLong(map), (int) shown.applyAsLong(map), (int) map.size()))
                .toList();
    }

    /** Whether a file of this owner belongs to one of the container's users. */
    boolean holds(long hostUid) {
        for (IdMap map : uids) {
            if (hostUid >= map.outside() && hostUid < map.outside() + map.size()) {
                return true;
            }
        }
        return false;
    }

    private static long root(List<IdMap> maps, String field) throws ContainerException {
        for (IdMap map : maps) {
            if (map.inside() == 0) {
                return map.outside();
            }
        }
        throw new ContainerException(
                ContainerException.Kind.BAD_SPEC, field + ": must map id 0: a system container has a root user");
    }
}
