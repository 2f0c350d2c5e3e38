import TestSupport
import Testing

/// `nnlua notebook`, which makes a page of a script.
@Suite struct NotebookTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func page(_ script: String) throws -> (page: String, result: Program.Result) {
    let path = try folder.file("lesson.lua", script)
    let result = try Program.run(["notebook", path])
    return (try folder.text(of: "lesson.html"), result)
  }

  @Test func thePageHasTextCodeAndOutputs() throws {
    let (page, result) = try page(
      """
      --- # Tensors
      --- All of *one* type.
      local x = torch.arange(3)
      print(x)
      --- ## A chart
      require("plot").line(x, {title = "x & y"}):show()
      print(require("plot").image(torch.eye(4)))
      io.write("last\\n") os.execute("echo from the system")
      io.stderr:write("an error output\\n")
      """)
    #expect(result.status == 0)
    #expect(result.output == "")
    #expect(result.errors == "")
    #expect(page.contains("<title>Tensors</title>"))
    #expect(page.contains("<p>All of <em>one</em> type.</p>"))
    #expect(page.contains("<span class=\"k\">local</span> x = torch.arange(<span class=\"n\">3</span>)"))
    #expect(page.contains("<pre class=\"out\">tensor([0, 1, 2])\n</pre>"))
    #expect(page.contains("x &amp; y</text>"))
    #expect(page.contains("<polyline"))
    #expect(page.contains("src=\"data:image/png;base64,"))
    #expect(page.contains("<pre class=\"out\">last\nfrom the system\nan error output\n</pre>"))
  }

  @Test func anErrorStandsInThePage() throws {
    let (page, result) = try page("print 'first'\n--- Then\nlocal t\nt.x = 1\n--- Never\nprint 'unreached'")
    #expect(result.status == 1)
    #expect(result.errors.contains("lesson.lua:4: attempt to index a nil value (local 't')"))
    #expect(page.contains("<pre class=\"out\">first\n</pre>"))
    #expect(page.contains("<strong>\(folder.path)/lesson.lua:4: attempt to index a nil value (local 't')</strong>"))
    #expect(page.contains("<div class=\"cell skipped\">"))
    #expect(!page.contains("<pre class=\"out\">unreached"))
  }

  @Test func aMistakeInTheTextOfTheScriptStandsInThePage() throws {
    let (page, result) = try page("print 'first'\n--- Then\nx = = 1")
    #expect(result.status == 1)
    #expect(page.contains("lesson.lua:3: unexpected symbol near"))
    #expect(!page.contains("<pre class=\"out\">"))
  }

  @Test func aScriptMayEndItself() throws {
    let (page, result) = try page("print 'here'\nos.exit(3)")
    #expect(result.status == 3)
    #expect(page.contains("here\n"))
    #expect(!page.contains("class=\"error\""))
  }

  @Test func filesThatCannotBeReadOrWritten() throws {
    let result = try Program.run(["notebook", "no such file.lua"])
    #expect(result.status == 2)
    #expect(result.errors == "nnlua notebook: no such file.lua: No such file or directory\n")
    let path = try folder.file("lesson.lua", "")
    #expect(try Program.run(["notebook", path, "-o", "/no such folder/x.html"]).status == 2)
  }

  @Test func theExampleRuns() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let out = "\(folder.path)/example.html"
    let result = try Program.run(["notebook", "/\(root)/examples/notebook.lua", "-o", out])
    #expect(result.errors == "")
    #expect(result.status == 0)
    #expect(try folder.text(of: "example.html").contains("</svg></figure>"))
  }
}
