import Glibc
import Lua
import Plot

/// The page of a notebook: everything in it, styles and pictures included.
struct Page {
  private let script: NotebookScript
  private let run: NotebookRun
  private let path: String

  init(_ script: NotebookScript, _ run: NotebookRun, path: String) {
    self.script = script
    self.run = run
    self.path = path
  }

  private var name: String { path.split(separator: "/").last.map { String($0) } ?? path }

  private var title: String {
    for case .text(let text) in script.cells { if let title = Markdown.title(of: text) { return title } }
    return name
  }

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="generator" content="nnlua notebook">
    <title>\(HTML.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    \(script.cells.indices.map(cell).joined(separator: "\n"))\(errorOutsideOfCells)
    </main>
    <footer>nnlua notebook \(HTML.escaped(name))</footer>
    </body>
    </html>

    """
  }

  private func cell(_ index: Int) -> String {
    switch script.cells[index] {
    case .text(let text): return "<section>\n\(Markdown(embed: embed).html(text))\n</section>"
    case .code(let code, _):
      let state = run.ran(index) || run.failedCell == index ? "" : " skipped"
      let output = run.outputs[index].map { OutputHTML($0).text } ?? ""
      let error = run.failedCell == index ? self.error : ""
      return "<div class=\"cell\(state)\">\n<pre class=\"code\">\(HTML.code(code))</pre>\n\(output)\(error)</div>"
    }
  }

  private var error: String {
    guard let error = run.error else { return "" }
    // The frames of the program's own, below the script, tell nothing.
    let frames = (error.traceback ?? "").split(separator: "\n").filter { !$0.hasSuffix("[C]: in ?") }
    let traceback = frames.count > 2 ? "\n" + frames.joined(separator: "\n") : ""
    return "<pre class=\"error\"><strong>\(HTML.escaped(error.message))</strong>\(HTML.escaped(traceback))</pre>\n"
  }

  private var errorOutsideOfCells: String { run.failedCell == nil ? "\n" + error : "" }

  /// An image beside the script as part of the page; addresses elsewhere stay.
  private func embed(_ address: String) -> String {
    let types = ["png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "svg": "svg+xml", "webp": "webp"]
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    guard let ending = address.split(separator: ".").last, let type = types[ending.lowercased()],
      let bytes = Notebook.bytes(of: address.hasPrefix("/") ? address : folder + address)
    else { return address }
    return "data:image/\(type);base64,\(Base64.text(bytes))"
  }

  private static let style = """
    :root { color-scheme: light dark; --text: #24292f; --page: #fff; --code: #f6f8fa; --line: #d0d7de; --faint: #6e7781;
      --keyword: #8250df; --string: #0a6640; --number: #0550ae; --error: #cf222e; --errorpage: #fff5f5;
      --s0: #0969da; --s1: #bf8700; --s2: #1a7f37; --s3: #bf3989; --s4: #1b7c83; --s5: #cf222e; }
    @media (prefers-color-scheme: dark) { :root { --text: #d8dee4; --page: #16191d; --code: #20252b; --line: #3a424b;
      --faint: #8b949e; --keyword: #d2a8ff; --string: #7ee2a8; --number: #79c0ff; --error: #ff7b72; --errorpage: #2d1618;
      --s0: #58a6ff; --s1: #e3b341; --s2: #56d364; --s3: #f778ba; --s4: #56d4dd; --s5: #ff7b72; } }
    body { margin: 0; background: var(--page); color: var(--text); font: 17px/1.6 system-ui, sans-serif; }
    main { max-width: 48rem; margin: 0 auto; padding: 2.5rem 1.25rem 1rem; }
    footer { max-width: 48rem; margin: 0 auto; padding: 0 1.25rem 2rem; color: var(--faint); font-size: .8rem; }
    h1, h2, h3, h4 { line-height: 1.25; margin: 1.8em 0 .6em; } h1 { font-size: 2rem; margin-top: 0; }
    p, ul, ol, blockquote, table { margin: .8em 0; } a { color: var(--s0); }
    blockquote { margin-left: 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--faint); }
    table { border-collapse: collapse; } th, td { padding: .3rem .8rem; border-bottom: 1px solid var(--line); text-align: left; }
    section img { max-width: 100%; }
    pre, code { font: .84rem/1.5 ui-monospace, "Cascadia Code", "DejaVu Sans Mono", Menlo, monospace; }
    code, section pre { background: var(--code); border-radius: 5px; } code { padding: .12em .35em; }
    pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; tab-size: 4; }
    .cell { margin: 1rem 0 1.4rem; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
    .code { background: var(--code); } .out, figure, .error { border-top: 1px solid var(--line); }
    .out + figure, figure + .out, figure + figure { border-top: 0; }
    figure { margin: 0; padding: .75rem 1rem; overflow-x: auto; } figure svg { display: block; max-width: 100%; height: auto; }
    figure img { display: block; max-width: 100%; image-rendering: pixelated; }
    .error { color: var(--error); background: var(--errorpage); } .skipped { opacity: .55; }
    .k { color: var(--keyword); } .s { color: var(--string); } .n { color: var(--number); } .c { color: var(--faint); font-style: italic; }
    .bold { font-weight: bold; } .color1 { color: var(--s5); } .color2 { color: var(--s2); } .color3 { color: var(--s1); }
    .color4 { color: var(--s0); } .color5 { color: var(--s3); } .color6 { color: var(--s4); }
    """
}
