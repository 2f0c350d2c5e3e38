import Glibc
import Synchronization

/// A progress bar on the standard error stream, as Python's tqdm draws it.
final class ProgressBar {
  private(set) var meter: ProgressMeter
  /// Whether the last bar stays when it is closed.
  private let leaves: Bool
  private let isDisabled: Bool
  private let minimumInterval: Double
  private let fixedColumns: Int?

  private let start = ProgressBar.now()
  private var lastCount: Double
  private var lastTime: Double
  private let smoothing: Double
  private var steps: ExponentialMean
  private var times: ExponentialMean
  private var lastLength = 0
  private var isClosed = false

  init(
    _ meter: ProgressMeter, leaves: Bool = true, isDisabled: Bool = false, minimumInterval: Double = 0.1,
    smoothing: Double = 0.3
  ) {
    self.smoothing = smoothing
    steps = ExponentialMean(smoothing: smoothing)
    times = steps
    self.meter = meter
    self.leaves = leaves
    self.isDisabled = isDisabled
    self.minimumInterval = minimumInterval
    fixedColumns = meter.columns
    lastCount = meter.initial
    lastTime = start
    self.meter.count = meter.initial
    guard !isDisabled else { return }
    Self.shown.add(1, ordering: .relaxed)
    draw()
  }

  deinit { close() }

  private static let shown = Atomic<Int>(0)

  /// Whether some bar stands on the terminal.
  static var isAnyShown: Bool { shown.load(ordering: .relaxed) > 0 }

  /// Whether it stands on the terminal, or is about to.
  var isShown: Bool { !isDisabled && !isClosed }

  var count: Double {
    get { meter.count }
    set { meter.count = newValue }
  }

  var total: Double? {
    get { meter.total }
    set { meter.total = newValue }
  }

  /// Counts on, and draws if the last time was long enough ago.
  func update(_ step: Double = 1) {
    meter.count += step
    guard !isDisabled, !isClosed else { return }
    let time = Self.now()
    guard time - lastTime >= minimumInterval else { return }
    if meter.count > lastCount {
      steps.add(meter.count - lastCount)
      times.add(time - lastTime)
    }
    draw()
    lastCount = meter.count
    lastTime = time
  }

  func setDescription(_ text: String, refresh: Bool) {
    meter.description = text.isEmpty ? "" : text + ": "
    if refresh { self.refresh() }
  }

  func setPostfix(_ text: String, refresh: Bool) {
    meter.postfix = text
    if refresh { self.refresh() }
  }

  func refresh() {
    if !isDisabled, !isClosed { draw() }
  }

  /// Draws the last bar with the mean rate, and ends the line.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    guard !isDisabled else { return }
    Self.shown.subtract(1, ordering: .relaxed)
    if leaves {
      steps = ExponentialMean(smoothing: smoothing)
      times = steps
      draw()
      StandardError.write("\n")
    } else {
      clear()
    }
  }

  /// Takes the bar away, until it is drawn again.
  func clear() {
    guard !isDisabled else { return }
    StandardError.write("\r" + String(repeating: " ", count: lastLength) + "\r")
    lastLength = 0
  }

  private func draw() {
    meter.elapsed = Self.now() - start
    meter.smoothedRate = times.value.flatMap { time in time > 0 ? steps.value.map { $0 / time } : nil }
    meter.columns = fixedColumns ?? StandardError.columns
    let text = meter.text
    StandardError.write("\r" + text + String(repeating: " ", count: max(0, lastLength - text.count)))
    lastLength = text.count
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
