import Glibc
import Supervision

/// Shows long native work as a bar on the terminal that the standard error stream is.
///
/// Nothing is shown where that stream leads elsewhere, nor while a bar of the script's own says how far it is.
public final class WorkProgress: Progress.Display {
  private var meter = ProgressMeter()
  private var isShown = false

  public init() {
    meter.unit = "B"
    meter.scalesUnit = true
    meter.unitDivisor = 1024
  }

  public func show(_ progress: Progress) {
    // Asked each time, as notebooks lead the stream elsewhere for a while.
    guard StandardError.isTerminal, !ProgressBar.isAnyShown else { return }
    draw(progress)
    isShown = true
  }

  public func end(_ progress: Progress) {
    guard isShown else { return }
    isShown = false
    if progress.leavesTrace {
      draw(progress)
      StandardError.write("\n")
    } else {
      StandardError.write("\r" + Self.clearToEndOfLine)
    }
  }

  private func draw(_ progress: Progress) {
    meter.description = progress.title.isEmpty ? "" : progress.title + ": "
    meter.count = Double(progress.done)
    meter.total = progress.total.map { Double($0) }
    meter.elapsed = progress.elapsed
    // The last column stays free, or some terminals begin another line.
    meter.columns = StandardError.columns.map { $0 - 1 }
    StandardError.write("\r" + meter.text + Self.clearToEndOfLine)
  }

  private static let clearToEndOfLine = "\u{1B}[K"
}
