# What scripts/nnlua and scripts/test share: the system's libraries, and how the package is built.
# Sourced by bash; sets `root` and `build_options`, and moves into the checkout only in subshells.

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)

# Program and tests are built alike, so that neither undoes the other's work. Tests may import internals, and the option
# that SwiftPM adds for that stands elsewhere in the command line, which would make it compile everything anew.
# Exclusive access is proven by the compiler, and checked at run time in debug builds: the checks would be a third of the
# instructions of a call on a small tensor.
build_options=(--package-path "$root" -c release -Xswiftc -enable-testing -Xswiftc -enforce-exclusivity=unchecked)

# The Debian packages that Package.swift names as providers of system libraries.
packages=$(grep -o '\.apt(\[[^]]*\])' "$root/Package.swift" | grep -o '"[^"]*"' | tr -d '"' | sort -u)

say() { printf '%s\n' "$*" >&2; }

# Installs what is missing with apt, or says what to run where that is not allowed.
install_packages() {
  command -v dpkg-query > /dev/null || return 0
  local package missing=()
  for package in $packages; do
    dpkg-query -W -f '${Status}\n' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local as_root=()
  if ((EUID != 0)); then
    if ! sudo -n true 2> /dev/null; then
      say "These packages are missing. Install them, then try again:"
      say "  sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
      return 1
    fi
    as_root=(sudo -n)
  fi
  say "Installing ${missing[*]} …"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get install -qq --no-install-recommends "$@" > /dev/null 2>&1 && exit
    apt-get update -qq && apt-get install -qq --no-install-recommends "$@" > /dev/null
  ' sh "${missing[@]}" < /dev/null >&2
}

need_swift() {
  command -v swift > /dev/null && return
  say "A Swift toolchain (6.1 or later) is needed: https://www.swift.org/install/linux"
  return 1
}
