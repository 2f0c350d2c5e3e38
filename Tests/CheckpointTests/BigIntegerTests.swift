import Checkpoint
import Testing

@Suite("Big integers")
struct BigIntegerTests {
  @Test(arguments: [
    "0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "9223372036854775807", "-9223372036854775808",
    "9223372036854775808", "1180591620717411303424", "-340282366920938463463374607431768211456",
  ])
  func decimalDigits(_ digits: String) throws {
    let value = try #require(BigInteger(decimal: digits))
    #expect(value.description == digits)
    #expect(value.int64 == Int64(digits))
  }

  @Test func redundantBytesDoNotCount() {
    #expect(BigInteger(twosComplement: [5, 0, 0]) == BigInteger(twosComplement: [5]))
    #expect(BigInteger(twosComplement: [0xFE, 0xFF, 0xFF]).int64 == -2)
    #expect(BigInteger(twosComplement: [0]).bytes.isEmpty)
    #expect(BigInteger(.max).description == "18446744073709551615")
  }

  @Test(arguments: ["", "-", "+", "1a", " 1", "--1"])
  func whatIsNoNumber(_ text: String) {
    #expect(BigInteger(decimal: text) == nil)
  }
}
