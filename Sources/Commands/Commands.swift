/// The program's commands for checkpoints, by their names.
public enum Commands {
  public static let all: [Command] = [.inspect, .diff, .convert, .merge]

  public static func named(_ name: String) -> Command? { all.first { $0.name == name } }
}
