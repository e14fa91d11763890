package io.tfo.integration.agent;

import java.util.List;

/**
 * An application that knows nothing of TCP Fast Open: {@code Program.java} in a folder of {@code
 * resources/agent/applications} makes a connection, or some, each time it is asked.
 */
enum TestedApplication {
  /** The JDK's {@code HttpURLConnection}, {@code HttpClient} and {@code HttpServer}. */
  HTTP("", 8),
  HELIDON(
      """
      io.helidon.webserver:helidon-webserver:4.3.1
      io.helidon.webclient:helidon-webclient:4.3.1
      """,
      4),
  AWS(
      """
      software.amazon.awssdk:s3:2.34.0
      software.amazon.awssdk:url-connection-client:2.34.0
      """,
      4),
  MONGO("org.mongodb:mongodb-driver-sync:5.8.1", 4),

  /** Each message goes through a socket twice; through a channel in blocking mode, too. */
  ACTIVEMQ("org.apache.activemq:activemq-broker:6.1.7", 8),
  KAFKA("org.apache.kafka:kafka_2.13:4.3.1", 8),
  JEDIS("redis.clients:jedis:6.2.0", 4),
  LETTUCE("io.lettuce:lettuce-core:7.7.0.RELEASE", 4);

  private final List<String> dependencies;
  private final int leastSynData;

  /**
   * Names an application.
   *
   * @param dependencies the coordinates of its dependencies, one a line
   * @param leastSynData how many SYNs with data there are at least
   */
  TestedApplication(String dependencies, int leastSynData) {
    this.dependencies = dependencies.lines().toList();
    this.leastSynData = leastSynData;
  }

  List<String> dependencies() {
    return dependencies;
  }

  int leastSynData() {
    return leastSynData;
  }

  String folder() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  int leastJava() {
    return this == HELIDON ? 21 : 17;
  }

  boolean needsRedis() {
    return this == JEDIS || this == LETTUCE;
  }

  /**
   * Returns the value of {@code net.ipv4.tcp_fastopen}: client and server. For Redis, also
   * listeners that do not set the option.
   */
  String sysctl() {
    return needsRedis() ? "1027" : "3";
  }
}
