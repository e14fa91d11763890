package application;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.h2.tools.Server;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** An application that knows nothing of TCP Fast Open, and calls itself. */
@SpringBootApplication
@RestController
public class Application {
  public static void main(String[] arguments) throws IOException, SQLException {
    System.out.println("in the namespace");
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), "3");
    ServletWebServerApplicationContext application =
        (ServletWebServerApplicationContext) SpringApplication.run(Application.class, arguments);
    String url =
        "http://127.0.0.1:" + application.getWebServer().getPort() + "/hello?number={number}";
    Server database =
        Server.createTcpServer("-tcpPort", "8444", "-ifNotExists").start();
    for (int i = 0; i < 4; i++) {
      call(new SimpleClientHttpRequestFactory(), url, i);
      call(new JdkClientHttpRequestFactory(HttpClient.newHttpClient()), url, i);
      callReactively(url, i);
      query(i);
    }
    database.stop();
    System.out.println(
        "kernel: " + counter("TCPFastOpenActive") + " sent, " + counter("TCPFastOpenPassive"));
    System.exit(SpringApplication.exit(application, () -> 3));
  }

  private static void call(ClientHttpRequestFactory requests, String url, int number) {
    String reply =
        RestClient.builder()
            .requestFactory(requests)
            .build()
            .get()
            .uri(url, number)
            .retrieve()
            .body(String.class);
    System.out.println("result: " + requests.getClass().getSimpleName() + " " + reply);
  }

  /** Over Reactor Netty. */
  private static void callReactively(String url, int number) {
    String reply =
        WebClient.create().get().uri(url, number).retrieve().bodyToMono(String.class).block();
    System.out.println("result: WebClient " + reply);
  }

  private static void query(int number) {
    DriverManagerDataSource database =
        new DriverManagerDataSource("jdbc:h2:tcp://127.0.0.1:8444/mem:test", "sa", "");
    System.out.println(
        "result: JDBC "
            + new JdbcTemplate(database).queryForObject("select " + number, Integer.class));
  }

  /** Each on a connection of its own. */
  @GetMapping("/hello")
  String hello(@RequestParam int number, jakarta.servlet.http.HttpServletResponse response) {
    response.setHeader("Connection", "close");
    return "hello " + number;
  }

  private static long counter(String name) throws IOException {
    List<List<String>> table =
        Files.readAllLines(Path.of("/proc/self/net/netstat")).stream()
            .filter(line -> line.startsWith("TcpExt:"))
            .map(line -> List.of(line.split(" ")))
            .toList();
    return Long.parseLong(table.get(1).get(table.get(0).indexOf(name)));
  }
}
