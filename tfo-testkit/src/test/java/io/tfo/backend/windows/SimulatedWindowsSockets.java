package io.tfo.backend.windows;

import io.tfo.testkit.sim.windows.SimulatedWinsock;
import java.nio.ByteBuffer;

/** The simulated Winsock behind this backend's calls. */
final class SimulatedWindowsSockets implements WindowsSockets {
  private final SimulatedWinsock winsock;

  SimulatedWindowsSockets(SimulatedWinsock winsock) {
    this.winsock = winsock;
  }

  @Override
  public int socket(int family, int type, int protocol) {
    return winsock.socket(family, type, protocol);
  }

  @Override
  public int closesocket(int s) {
    return winsock.closesocket(s);
  }

  @Override
  public int setsockopt(int s, int level, int name, ByteBuffer value, int length) {
    return winsock.setsockopt(s, level, name, value, length);
  }

  @Override
  public int getsockopt(int s, int level, int name, ByteBuffer value, ByteBuffer length) {
    return winsock.getsockopt(s, level, name, value, length);
  }

  @Override
  public int bind(int s, ByteBuffer address, int length) {
    return winsock.bind(s, address, length);
  }

  @Override
  public int WSAIoctl(
      int s,
      int code,
      ByteBuffer in,
      int inLength,
      ByteBuffer out,
      int outLength,
      ByteBuffer returned) {
    return winsock.WSAIoctl(s, code, in, inLength, out, outLength, returned);
  }

  @Override
  public void bindConnectEx(long address) {
    winsock.bindConnectEx(address);
  }

  @Override
  public int ConnectEx(
      int s,
      ByteBuffer address,
      int addressLength,
      ByteBuffer data,
      int dataLength,
      ByteBuffer sent,
      ByteBuffer overlapped) {
    return winsock.ConnectEx(s, address, addressLength, data, dataLength, sent, overlapped);
  }

  @Override
  public int WSAGetOverlappedResult(
      int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags) {
    return winsock.WSAGetOverlappedResult(s, overlapped, transferred, wait, flags);
  }

  @Override
  public int CancelIoEx(int s, ByteBuffer overlapped) {
    return winsock.CancelIoEx(s, overlapped);
  }

  @Override
  public long CreateIoCompletionPort(long file, long port, long key, int threads) {
    return winsock.CreateIoCompletionPort(file, port, key, threads);
  }

  @Override
  public int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds) {
    return winsock.GetQueuedCompletionStatus(port, bytes, key, overlapped, milliseconds);
  }
}
