package application;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Time;

/** Kafka: a broker that is its own controller, a producer and a consumer. */
final class Program implements AutoCloseable {
  private static final String ADDRESS = "127.0.0.1:9092";

  private final KafkaRaftServer server;

  /** Keeps its data in the current folder. */
  Program() throws IOException {
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "listeners", "PLAINTEXT://" + ADDRESS + ",CONTROLLER://127.0.0.1:9093",
            "advertised.listeners", "PLAINTEXT://" + ADDRESS,
            "controller.listener.names", "CONTROLLER",
            "controller.quorum.voters", "1@127.0.0.1:9093",
            "log.dirs", Files.createTempDirectory("kafka").toString(),
            "offsets.topic.replication.factor", "1",
            "num.partitions", "1"));
    format(settings);
    server = new KafkaRaftServer(KafkaConfig.fromProps(settings), Time.SYSTEM);
    server.startup();
  }

  private static void format(Properties settings) throws IOException {
    Path file = Files.createTempFile("server", ".properties");
    try (PrintStream out = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
      settings.forEach((key, value) -> out.println(key + "=" + value));
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format", "--cluster-id", "AAAAAAAAAAAAAAAAAAAAAA", "--config", file.toString()
    };
    if (StorageTool.execute(arguments, new PrintStream(said, true, StandardCharsets.UTF_8)) != 0) {
      throw new IOException(said.toString(StandardCharsets.UTF_8));
    }
  }

  String exchange(int number) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", ADDRESS);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer
          .send(new ProducerRecord<>("topic", "message " + number))
          .get(60, TimeUnit.SECONDS);
    }
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("topic", 0);
      consumer.assign(List.of(partition));
      consumer.seek(partition, number);
      ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(60));
      return records.iterator().next().value();
    }
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
