import Testing

@testable import Plot

@Suite struct TerminalImageTests {
  /// Red and green above blue and white.
  private let image = Raster(width: 2, height: 2, bytes: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])

  @Test func blocksHoldTwoPixels() {
    #expect(
      TerminalImage(image).text(.blocks, columns: 2, rows: 1)
        == "\u{1B}[38;2;255;0;0;48;2;0;0;255m▀\u{1B}[38;2;0;255;0;48;2;255;255;255m▀\u{1B}[0m")
  }

  @Test func shadesFollowTheBrightness() {
    #expect(TerminalImage(image).text(.shades, columns: 4, rows: 2) == "░░▒▒\n  ██")
  }

  @Test func kittyGetsRawPixels() {
    let text = TerminalImage(Raster(width: 1, height: 1, bytes: [1, 2, 3])).text(.kitty, columns: 10, rows: 10)
    #expect(text == "\u{1B}_Ga=T,q=2,f=24,s=1,v=1,c=1,m=0;AQID\u{1B}\\")
    let large = Raster(width: 100, height: 100, bytes: [UInt8](repeating: 7, count: 30_000))
    let pieces = TerminalImage(large).text(.kitty, columns: 80, rows: 24).split(separator: "\u{1B}_G")
    #expect(pieces.count == 10)
    #expect(pieces.dropLast().allSatisfy { $0.contains("m=1;") })
    #expect(pieces.last?.contains("m=0;") == true)
  }

  @Test func sixelsDrawBandsOfSixRows() {
    let text = TerminalImage(Raster(width: 4, height: 6, bytes: [UInt8](repeating: 255, count: 72)))
      .text(.sixel, columns: 1, rows: 1)
    #expect(text.hasPrefix("\u{1B}Pq\"1;1;"))
    #expect(text.contains("#215!"))
    #expect(text.hasSuffix("-\u{1B}\\"))
  }

  @Test func shrinkingTakesMeans() {
    #expect(image.resized(width: 1, height: 1).bytes == [127, 127, 127])
    #expect(image.resized(width: 4, height: 2).bytes.prefix(6) == [255, 0, 0, 255, 0, 0])
  }

  @Test func base64() {
    #expect(Base64.text(Array("a".utf8)) == "YQ==")
    #expect(Base64.text(Array("ab".utf8)) == "YWI=")
    #expect(Base64.text(Array("light work".utf8)) == "bGlnaHQgd29yaw==")
  }
}
