package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressBlocksTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "192.168.4.0/22, 192.168.3.255, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "2001:db8:8000::/33, 2001:db8:ffff::1, true",
    "2001:db8:8000::/33, 2001:db8:7fff::1, false",
    "::/0, ::1, true",
    "::/0, 10.0.0.1, false",
    "10.0.0.0/8, ::ffff:10.1.2.3, true"
  })
  void acceptTheAddressesInThem(String block, String address, boolean accepted) throws Exception {
    AddressBlocks blocks = AddressBlocks.parse(block);
    InetAddress inet = InetAddress.getByName(address);
    assertThat(blocks.contains(inet)).isEqualTo(accepted);
    assertThat(blocks.test(new InetSocketAddress(inet, 443))).isEqualTo(accepted);
  }

  @Test
  void acceptWhatIsInOneOfThem() {
    AddressBlocks blocks = AddressBlocks.parse("10.0.0.0/8, fd00::/8 ,192.0.2.1");
    assertThat(blocks.test(new InetSocketAddress("192.0.2.1", 1))).isTrue();
    assertThat(blocks.test(new InetSocketAddress("192.0.2.2", 1))).isFalse();
    assertThat(blocks).hasToString("10.0.0.0/8,fd00:0:0:0:0:0:0:0/8,192.0.2.1/32");
    assertThat(blocks.shortestPrefix(Inet4Address.class)).isEqualTo(8);
    assertThat(blocks.shortestPrefix(Inet6Address.class)).isEqualTo(8);
    assertThat(AddressBlocks.parse("10.0.0.0/9").shortestPrefix(Inet6Address.class)).isEqualTo(128);
  }

  @Test
  void acceptNoAddressThatIsNotResolved() {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("10.0.0.1", 443);
    assertThat(AddressBlocks.parse("0.0.0.0/0").test(unresolved)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "10.0.0.0/8,",
        "10/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "10.0.0.256/32",
        "10.0.0.0.1",
        "10.0.0",
        "10.0.0.",
        "10.0.0.1/8",
        "fd00::1/8",
        "fd00::/129",
        "localhost",
        "example.org/8",
        "1::2::3/64",
        "fe80::%eth0/64",
        "10.0.0.0/8/8",
        "::ffff:10.0.0.0/104",
        "::ffff:10.0.0.0/8"
      })
  void refuseWhatIsMalformed(String text) {
    assertThatThrownBy(() -> AddressBlocks.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("block '");
  }
}
