package io.tfo.nio;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tells a provider which connects to defer, and which listeners to switch on.
 *
 * @param destinations the destinations to which connects are deferred; null for none
 * @param firstWriteWait how long a SYN waits for the first write
 * @param backlog the {@code fastOpenBacklog} of every listener; 0 does not change listeners
 * @param listeners whether a listener that is being opened is changed
 * @param text the settings, as a text for users
 */
record ChannelPlan(
    @Nullable Predicate<InetSocketAddress> destinations,
    Duration firstWriteWait,
    int backlog,
    BooleanSupplier listeners,
    String text) {}
