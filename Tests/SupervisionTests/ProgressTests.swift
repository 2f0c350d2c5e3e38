import Glibc
import Supervision
import Testing

/// What is told of long work, and when.
@Suite(.serialized) struct ProgressTests {
  /// Notes what it is told.
  private final class Notes: Progress.Display {
    var shown: [(title: String, done: Int, total: Int?)] = []
    var ended: [String] = []

    func show(_ progress: Progress) { shown.append((progress.title, progress.done, progress.total)) }
    func end(_ progress: Progress) { ended.append(progress.title) }
  }

  private struct Failure: Error {}

  /// The time after which work counts as long.
  private func waitPatiently() { usleep(UInt32(Progress.patience * 1e6) + 50_000) }

  /// Runs `body` while its thread's work is noted.
  private func noting(_ body: () throws -> Void) rethrows -> Notes {
    let notes = Notes()
    Progress.install(notes)
    try body()
    return notes
  }

  @Test func shortWorkShowsNothing() {
    let notes = noting {
      Progress.reporting("short", of: 10) { progress in
        for _ in 0..<10 { progress.advance(by: 1) }
        #expect(progress.done == 10)
      }
    }
    #expect(notes.shown.isEmpty)
    #expect(notes.ended.isEmpty)
  }

  @Test func longWorkIsShownToItsEnd() {
    let notes = noting {
      Progress.reporting("long", of: nil) { progress in
        progress.advance(by: 1)
        waitPatiently()
        progress.total = 100
        progress.advance(by: 2)
        progress.advance(by: 3)
      }
    }
    // The last step followed too soon.
    #expect(notes.shown.count == 1)
    #expect(notes.shown.first?.title == "long")
    #expect(notes.shown.first?.done == 3)
    #expect(notes.shown.first?.total == 100)
    #expect(notes.ended == ["long"])
  }

  @Test func workThatFailsEndsToo() {
    let notes = Notes()
    Progress.install(notes)
    #expect(throws: Failure.self) {
      try Progress.reporting("failing", of: 1) { progress in
        waitPatiently()
        progress.advance(by: 1)
        throw Failure()
      }
    }
    #expect(notes.ended == ["failing"])
  }

  @Test func workInsideIsPartOfTheOther() {
    let notes = noting {
      Progress.reporting("outer", of: 2) { outer in
        Progress.reporting("inner", of: 1) { inner in
          waitPatiently()
          inner.advance(by: 1)
        }
        outer.advance(by: 1)
      }
      Progress.hidden {
        Progress.reporting("hidden", of: 1) { progress in
          waitPatiently()
          progress.advance(by: 1)
        }
      }
    }
    #expect(notes.shown.map(\.title) == ["outer"])
    #expect(notes.ended == ["outer"])
  }
}
