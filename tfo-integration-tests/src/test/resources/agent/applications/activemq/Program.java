package application;

import jakarta.jms.Connection;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.List;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;

/** ActiveMQ: a broker with sockets and with NIO channels, and clients of both kinds. */
final class Program implements AutoCloseable {
  private static final String SOCKETS = "127.0.0.1:8443";
  private static final String CHANNELS = "127.0.0.1:8444";

  private final BrokerService broker = new BrokerService();

  Program() throws Exception {
    broker.setPersistent(false);
    broker.setUseJmx(false);
    broker.addConnector("tcp://" + SOCKETS);
    broker.addConnector("nio://" + CHANNELS);
    broker.start();
    broker.waitUntilStarted();
  }

  String exchange(int number) throws Exception {
    StringBuilder replies = new StringBuilder();
    for (String url : List.of("tcp://" + SOCKETS, "tcp://" + CHANNELS, "nio://" + CHANNELS)) {
      replies.append(exchange(url, "message " + number)).append(' ');
    }
    return replies.toString();
  }

  private static String exchange(String url, String text) throws Exception {
    try (Connection connection = new ActiveMQConnectionFactory(url).createConnection()) {
      connection.start();
      Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
      Queue queue = session.createQueue("queue");
      session.createProducer(queue).send(session.createTextMessage(text));
      return ((TextMessage) session.createConsumer(queue).receive(20_000)).getText();
    }
  }

  @Override
  public void close() throws Exception {
    broker.stop();
  }
}
