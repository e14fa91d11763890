package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A network namespace, held by a descriptor (namespaces(7)). */
final class Namespace implements CloseStack.Resource {
  private static final int CLONE_NEWNET = 0x40000000; // linux/sched.h
  private static final int O_RDONLY_CLOEXEC = 0x80000; // bits/fcntl.h: O_RDONLY is 0
  private static final byte[] OWN = path("/proc/thread-self/ns/net");

  private int fd;

  private Namespace(int fd) {
    this.fd = fd;
  }

  /** Moves the calling thread into a new namespace permanently. */
  static void leave() throws IOException {
    check("unshare(CLONE_NEWNET)", Libc.unshare(CLONE_NEWNET));
  }

  /** Moves the calling thread into a new namespace permanently, and keeps a descriptor of it. */
  static Namespace create() throws IOException {
    leave();
    return new Namespace(check("open(ns/net)", Libc.open(OWN, O_RDONLY_CLOEXEC, 0)));
  }

  /** Moves the calling thread into this namespace permanently. */
  synchronized void enter() throws IOException {
    if (fd < 0) {
      throw new IOException("the lab is closed");
    }
    check("setns(CLONE_NEWNET)", Libc.setns(fd, CLONE_NEWNET));
  }

  synchronized int descriptor() {
    return fd;
  }

  @Override
  public synchronized void close() {
    if (fd >= 0) {
      Libc.close(fd);
      fd = -1;
    }
  }

  /** Runs a task that moves between namespaces, on a thread that ends with it. */
  static <T> T apart(Callable<T> task) throws IOException {
    FutureTask<T> result = new FutureTask<>(task);
    Thread thread = new Thread(result, "lab-setup");
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          T value = result.get();
          thread.join();
          return value;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new IOException(
          String.valueOf(Objects.requireNonNullElse(e.getCause(), e).getMessage()),
          Objects.requireNonNullElse(e.getCause(), e));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static byte[] path(String path) {
    return (path + '\0').getBytes(StandardCharsets.US_ASCII);
  }
}
