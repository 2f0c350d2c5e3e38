import Lua
import TestSupport
import Testing

@testable import Notebook

@Suite struct NotebookScriptTests {
  private func script(_ text: String) throws -> NotebookScript {
    let state = try LuaState()
    return NotebookScript(text) { (try? state.load($0.utf8, name: "=")) != nil }
  }

  @Test func textSplitsCode() throws {
    let script = try script("#!/usr/bin/env nnlua\n--- # Title\n---\n--- More.\nlocal x = 1\n\n--- Then\n(print)(x)\n")
    #expect(
      script.cells == [
        .text("# Title\n\nMore."), .code("local x = 1", line: 5), .text("Then"), .code("(print)(x)", line: 8),
      ])
    #expect(
      script.chunk
        == "\n--- # Title\n---\n--- More.\n__notebook_cell(1);local x = 1\n\n--- Then\n__notebook_cell(3);(print)(x)\n")
    #expect(script.cell(ofLine: 6) == 1)
    #expect(script.cell(ofLine: 1) == nil)
  }

  @Test func commentsInsideOfFunctionsStayCode() throws {
    let code = "function f()\n--- a comment\nend"
    #expect(try script(code).cells == [.code(code, line: 1)])
    #expect(
      try script("---- no text\n--[[ nor this ]]\nx = 1").cells == [
        .code("---- no text\n--[[ nor this ]]\nx = 1", line: 1)
      ])
  }

  @Test func codeSplitsWithoutText() throws {
    #expect(try script("a = 1\n-- %%\nb = 2").cells == [.code("a = 1", line: 1), .code("b = 2", line: 3)])
  }
}

@Suite struct MarkdownTests {
  private func html(_ text: String) -> String { Markdown { "embedded:" + $0 }.html(text) }

  @Test func blocks() {
    #expect(html("# A *b*\n\ntext\nmore") == "<h1>A <em>b</em></h1>\n<p>text\nmore</p>")
    #expect(html("- a\n- b\n  c\n\n1. d") == "<ul><li>a</li><li>b\n  c</li></ul>\n<ol><li>d</li></ol>")
    #expect(html("> quoted") == "<blockquote><p>quoted</p></blockquote>")
    #expect(html("```lua\nif a < b\n```\nend") == "<pre>if a &lt; b</pre>\n<p>end</p>")
    #expect(
      html("| a | b |\n|---|---|\n| 1 | 2 |")
        == "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>")
  }

  @Test func inline() {
    #expect(html("`a<b` **c** \\*d*") == "<p><code>a&lt;b</code> <strong>c</strong> *d*</p>")
    #expect(html("[x](y) ![z](w.png)") == "<p><a href=\"y\">x</a> <img src=\"embedded:w.png\" alt=\"z\"></p>")
    #expect(html("2 * 3 * 4 `open") == "<p>2 * 3 * 4 `open</p>")
    #expect(html("<script>") == "<p>&lt;script&gt;</p>")
  }

  @Test func anyTextHasAnEnd() {
    for text in ["|", "#", "######", "-", ">", "```", "1.", "[](", "![", "**", "|\n|", "> > >", "\u{1B}"] {
      _ = html(text)
    }
  }
}

@Suite struct OutputTests {
  @Test func whatWasWrittenOverIsGone() {
    #expect(OutputHTML("10%\r20%\rdone\nnext").text == "<pre class=\"out\">done\nnext</pre>")
    #expect(OutputHTML("").text == "")
  }

  @Test func colors() {
    #expect(
      OutputHTML("a \u{1B}[1;31mred\u{1B}[0m < b\u{1B}[K").text
        == "<pre class=\"out\">a <span class=\"bold color1\">red</span> &lt; b</pre>")
  }

  @Test func nothingStandsBetweenFiguresOfOneLine() {
    let figure = "\u{1B}]nnlua;<svg></svg>\u{1B}\\"
    #expect(OutputHTML("\(figure)\t\(figure)\n").text == "<figure><svg></svg></figure><figure><svg></svg></figure>")
  }

  @Test func figuresStandBetweenTheLines() {
    let text = "before\n\u{1B}]nnlua;<svg></svg>\u{1B}\\\nafter\n"
    #expect(
      OutputHTML(text).text
        == "<pre class=\"out\">before\n</pre><figure><svg></svg></figure><pre class=\"out\">after\n</pre>")
  }
}
