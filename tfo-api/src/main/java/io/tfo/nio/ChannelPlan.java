package io.tfo.nio;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the provider does with its channels.
 *
 * @param destinations the destinations to which connects are deferred; null for none
 * @param firstWriteWait how long a SYN waits for the first write
 * @param backlog the {@code fastOpenBacklog} of every listener; 0 does not change listeners
 * @param listeners whether a listener that is being opened is changed
 * @param text the settings, as a user knows them
 */
record ChannelPlan(
    @Nullable Predicate<InetSocketAddress> destinations,
    Duration firstWriteWait,
    int backlog,
    BooleanSupplier listeners,
    String text) {}
