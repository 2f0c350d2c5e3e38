import CLAPACK

/// The element types that LAPACK works on, with its routines under their names without the type's letter.
///
/// Matrices are column-major. Each routine returns LAPACK's `info`.
protocol LAPACKElement: ComputeElement, BinaryFloatingPoint {
  typealias Matrix = UnsafeMutablePointer<Self>
  typealias Integers = UnsafeMutablePointer<Int32>

  static func getrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ pivots: Integers) -> Int32
  static func getrs(_ n: Int32, _ columns: Int32, _ a: Matrix, _ pivots: Integers, _ b: Matrix) -> Int32
  static func potrf(_ n: Int32, _ a: Matrix, upper: Bool) -> Int32
  static func geqrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32) -> Int32
  static func orgqr(
    _ m: Int32, _ n: Int32, _ k: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32
  ) -> Int32
  static func syevd(
    _ n: Int32, _ a: Matrix, _ values: Matrix, upper: Bool, _ work: Matrix, _ workCount: Int32, _ integers: Integers,
    _ integerCount: Int32
  ) -> Int32
  static func gesdd(
    _ job: Int8, _ m: Int32, _ n: Int32, _ a: Matrix, _ values: Matrix, _ u: Matrix, _ uRows: Int32, _ vt: Matrix,
    _ vtRows: Int32, _ work: Matrix, _ workCount: Int32, _ integers: Integers
  ) -> Int32
  static func trtrs(
    _ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, transposed: Bool, unitDiagonal: Bool
  ) -> Int32
}

private func letter(_ character: Unicode.Scalar) -> Int8 { Int8(truncatingIfNeeded: character.value) }

extension Float: LAPACKElement {
  static func getrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ pivots: Integers) -> Int32 {
    var (m, n, lead, info) = (m, n, max(m, 1), 0 as Int32)
    sgetrf_(&m, &n, a, &lead, pivots, &info)
    return info
  }

  static func getrs(_ n: Int32, _ columns: Int32, _ a: Matrix, _ pivots: Integers, _ b: Matrix) -> Int32 {
    var (trans, n, columns, lead, info) = (letter("N"), n, columns, max(n, 1), 0 as Int32)
    var leadB = lead
    sgetrs_(&trans, &n, &columns, a, &lead, pivots, b, &leadB, &info)
    return info
  }

  static func potrf(_ n: Int32, _ a: Matrix, upper: Bool) -> Int32 {
    var (part, n, lead, info) = (letter(upper ? "U" : "L"), n, max(n, 1), 0 as Int32)
    spotrf_(&part, &n, a, &lead, &info)
    return info
  }

  static func geqrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32) -> Int32 {
    var (m, n, lead, count, info) = (m, n, max(m, 1), workCount, 0 as Int32)
    sgeqrf_(&m, &n, a, &lead, tau, work, &count, &info)
    return info
  }

  static func orgqr(
    _ m: Int32, _ n: Int32, _ k: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32
  ) -> Int32 {
    var (m, n, k, lead, count, info) = (m, n, k, max(m, 1), workCount, 0 as Int32)
    sorgqr_(&m, &n, &k, a, &lead, tau, work, &count, &info)
    return info
  }

  static func syevd(
    _ n: Int32, _ a: Matrix, _ values: Matrix, upper: Bool, _ work: Matrix, _ workCount: Int32, _ integers: Integers,
    _ integerCount: Int32
  ) -> Int32 {
    var (job, part, n, lead) = (letter("V"), letter(upper ? "U" : "L"), n, max(n, 1))
    var (count, integerCount, info) = (workCount, integerCount, 0 as Int32)
    ssyevd_(&job, &part, &n, a, &lead, values, work, &count, integers, &integerCount, &info)
    return info
  }

  static func gesdd(
    _ job: Int8, _ m: Int32, _ n: Int32, _ a: Matrix, _ values: Matrix, _ u: Matrix, _ uRows: Int32, _ vt: Matrix,
    _ vtRows: Int32, _ work: Matrix, _ workCount: Int32, _ integers: Integers
  ) -> Int32 {
    var (job, m, n, lead, leadU, leadV) = (job, m, n, max(m, 1), uRows, vtRows)
    var (count, info) = (workCount, 0 as Int32)
    sgesdd_(&job, &m, &n, a, &lead, values, u, &leadU, vt, &leadV, work, &count, integers, &info)
    return info
  }

  static func trtrs(
    _ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, transposed: Bool, unitDiagonal: Bool
  ) -> Int32 {
    var (part, trans) = (letter(upper ? "U" : "L"), letter(transposed ? "T" : "N"))
    var (diagonal, n, columns, lead, info) = (letter(unitDiagonal ? "U" : "N"), n, columns, max(n, 1), 0 as Int32)
    var leadB = lead
    strtrs_(&part, &trans, &diagonal, &n, &columns, a, &lead, b, &leadB, &info)
    return info
  }
}

extension Double: LAPACKElement {
  static func getrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ pivots: Integers) -> Int32 {
    var (m, n, lead, info) = (m, n, max(m, 1), 0 as Int32)
    dgetrf_(&m, &n, a, &lead, pivots, &info)
    return info
  }

  static func getrs(_ n: Int32, _ columns: Int32, _ a: Matrix, _ pivots: Integers, _ b: Matrix) -> Int32 {
    var (trans, n, columns, lead, info) = (letter("N"), n, columns, max(n, 1), 0 as Int32)
    var leadB = lead
    dgetrs_(&trans, &n, &columns, a, &lead, pivots, b, &leadB, &info)
    return info
  }

  static func potrf(_ n: Int32, _ a: Matrix, upper: Bool) -> Int32 {
    var (part, n, lead, info) = (letter(upper ? "U" : "L"), n, max(n, 1), 0 as Int32)
    dpotrf_(&part, &n, a, &lead, &info)
    return info
  }

  static func geqrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32) -> Int32 {
    var (m, n, lead, count, info) = (m, n, max(m, 1), workCount, 0 as Int32)
    dgeqrf_(&m, &n, a, &lead, tau, work, &count, &info)
    return info
  }

  static func orgqr(
    _ m: Int32, _ n: Int32, _ k: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32
  ) -> Int32 {
    var (m, n, k, lead, count, info) = (m, n, k, max(m, 1), workCount, 0 as Int32)
    dorgqr_(&m, &n, &k, a, &lead, tau, work, &count, &info)
    return info
  }

  static func syevd(
    _ n: Int32, _ a: Matrix, _ values: Matrix, upper: Bool, _ work: Matrix, _ workCount: Int32, _ integers: Integers,
    _ integerCount: Int32
  ) -> Int32 {
    var (job, part, n, lead) = (letter("V"), letter(upper ? "U" : "L"), n, max(n, 1))
    var (count, integerCount, info) = (workCount, integerCount, 0 as Int32)
    dsyevd_(&job, &part, &n, a, &lead, values, work, &count, integers, &integerCount, &info)
    return info
  }

  static func gesdd(
    _ job: Int8, _ m: Int32, _ n: Int32, _ a: Matrix, _ values: Matrix, _ u: Matrix, _ uRows: Int32, _ vt: Matrix,
    _ vtRows: Int32, _ work: Matrix, _ workCount: Int32, _ integers: Integers
  ) -> Int32 {
    var (job, m, n, lead, leadU, leadV) = (job, m, n, max(m, 1), uRows, vtRows)
    var (count, info) = (workCount, 0 as Int32)
    dgesdd_(&job, &m, &n, a, &lead, values, u, &leadU, vt, &leadV, work, &count, integers, &info)
    return info
  }

  static func trtrs(
    _ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, transposed: Bool, unitDiagonal: Bool
  ) -> Int32 {
    var (part, trans) = (letter(upper ? "U" : "L"), letter(transposed ? "T" : "N"))
    var (diagonal, n, columns, lead, info) = (letter(unitDiagonal ? "U" : "N"), n, columns, max(n, 1), 0 as Int32)
    var leadB = lead
    dtrtrs_(&part, &trans, &diagonal, &n, &columns, a, &lead, b, &leadB, &info)
    return info
  }
}
