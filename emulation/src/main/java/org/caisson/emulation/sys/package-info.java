/**
 * The parts of a container's {@code /sys} that would show the host. The rule:
 *
 * <ul>
 *   <li>Everything is the sysfs of the container's own user and network namespace ({@code class/net}, {@code
 *       devices/virtual/net} are its own), of which it can write nothing but what belongs to its network, unless a part is named here.
 *   <li>{@code devices/system/cpu} and {@code node} have the CPUs of its control groups with numbers from 0, and one node with
 *       all of them.
 *   <li>{@code kernel} has the empty directories {@code config}, {@code debug}, {@code security} and {@code tracing}, to be
 *       mounted on, and of the host's facts and settings that programs choose
 *       by, read-only: nothing that counts what the host does, tells how it was started or where its kernel lies.
 *   <li>{@code devices/virtual/dmi/id} has the container's own {@code product_uuid}, and the host's model without what tells
 *       it from others of that model.
 *   <li>{@code module/nf_conntrack/parameters/hashsize} is the container's own; it never reaches the host.
 *   <li>{@code block}, {@code class/block}, {@code dev/block}, {@code devices/virtual/block} and {@code power} are empty. {@code
 *       firmware} is hidden by the default specification. (Below {@code devices} a device's own directory still tells of it.)
 * </ul>
 *
 * The main type is {@link org.caisson.emulation.sys.SysFiles}. No locks of its own.
 */
@NullMarked
package org.caisson.emulation.sys;

import org.jspecify.annotations.NullMarked;
