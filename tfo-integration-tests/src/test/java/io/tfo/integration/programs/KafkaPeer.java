package io.tfo.integration.programs;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBrokerCollection;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBrokerCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;

/** Plays a Kafka cluster of one broker that tells what it is. */
final class KafkaPeer {
  private static final List<ApiKeys> KNOWN =
      List.of(ApiKeys.API_VERSIONS, ApiKeys.METADATA, ApiKeys.DESCRIBE_CLUSTER);

  private KafkaPeer() {}

  static void converse(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    try {
      while (true) {
        byte[] request = new byte[in.readInt()];
        in.readFully(request);
        RequestHeader header = RequestHeader.parse(ByteBuffer.wrap(request));
        ByteBuffer answer =
            RequestUtils.serialize(
                header.toResponseHeader().data(),
                header.toResponseHeader().headerVersion(),
                answer(header.apiKey(), socket),
                header.apiVersion());
        out.writeInt(answer.remaining());
        out.write(answer.array(), answer.arrayOffset() + answer.position(), answer.remaining());
        out.flush();
      }
    } catch (EOFException e) {
      // The client has ended the connection.
    }
  }

  private static ApiMessage answer(ApiKeys request, Socket socket) {
    String host = socket.getLocalAddress().getHostAddress();
    return switch (request) {
      case API_VERSIONS -> versions();
      case METADATA ->
          new MetadataResponseData()
              .setClusterId(ProgramRun.NAME)
              .setControllerId(0)
              .setBrokers(
                  new MetadataResponseBrokerCollection(
                      List.of(
                              new MetadataResponseBroker()
                                  .setNodeId(0)
                                  .setHost(host)
                                  .setPort(socket.getLocalPort()))
                          .iterator()));
      case DESCRIBE_CLUSTER ->
          new DescribeClusterResponseData()
              .setClusterId(ProgramRun.NAME)
              .setControllerId(0)
              .setBrokers(
                  new DescribeClusterBrokerCollection(
                      List.of(
                              new DescribeClusterBroker()
                                  .setBrokerId(0)
                                  .setHost(host)
                                  .setPort(socket.getLocalPort()))
                          .iterator()));
      default -> throw new IllegalArgumentException("not known here: " + request);
    };
  }

  private static ApiMessage versions() {
    ApiVersionCollection versions = new ApiVersionCollection();
    KNOWN.forEach(each -> versions.add(ApiVersionsResponse.toApiVersion(each)));
    return new ApiVersionsResponseData().setApiKeys(versions);
  }
}
