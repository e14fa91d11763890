package application;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import io.tfo.integration.programs.MongoPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.bson.Document;

/** MongoDB's synchronous driver, and a small server. */
final class Program implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(8443, 50, InetAddress.getLoopbackAddress());

  Program() throws IOException {
    start(this::serve);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task);
    thread.setDaemon(true);
    thread.start();
  }

  private void serve() {
    try {
      while (true) {
        Socket accepted = server.accept();
        start(() -> converse(accepted));
      }
    } catch (SocketException e) {
      // The server is closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void converse(Socket accepted) {
    try (accepted) {
      MongoPeer.converse(accepted);
    } catch (IOException e) {
      // The client has ended the connection.
    }
  }

  String exchange(int number) {
    try (MongoClient client = MongoClients.create("mongodb://127.0.0.1:8443")) {
      return number + " " + client.getDatabase("admin").runCommand(new Document("ping", 1)).get("ok");
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
