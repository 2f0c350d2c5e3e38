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
  /// Divides by zeros on the diagonal as by other numbers.
  static func trsm(_ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, unitDiagonal: Bool)
}

private let sgetrf = OpenBLAS.routine("sgetrf_", as: sgetrf_t.self)
private let sgetrs = OpenBLAS.routine("sgetrs_", as: sgetrs_t.self)
private let spotrf = OpenBLAS.routine("spotrf_", as: spotrf_t.self)
private let sgeqrf = OpenBLAS.routine("sgeqrf_", as: sgeqrf_t.self)
private let sorgqr = OpenBLAS.routine("sorgqr_", as: sorgqr_t.self)
private let ssyevd = OpenBLAS.routine("ssyevd_", as: ssyevd_t.self)
private let sgesdd = OpenBLAS.routine("sgesdd_", as: sgesdd_t.self)
private let strsm = OpenBLAS.routine("cblas_strsm", as: cblas_strsm_t.self)
private let dgetrf = OpenBLAS.routine("dgetrf_", as: dgetrf_t.self)
private let dgetrs = OpenBLAS.routine("dgetrs_", as: dgetrs_t.self)
private let dpotrf = OpenBLAS.routine("dpotrf_", as: dpotrf_t.self)
private let dgeqrf = OpenBLAS.routine("dgeqrf_", as: dgeqrf_t.self)
private let dorgqr = OpenBLAS.routine("dorgqr_", as: dorgqr_t.self)
private let dsyevd = OpenBLAS.routine("dsyevd_", as: dsyevd_t.self)
private let dgesdd = OpenBLAS.routine("dgesdd_", as: dgesdd_t.self)
private let dtrsm = OpenBLAS.routine("cblas_dtrsm", as: cblas_dtrsm_t.self)

private func letter(_ character: Unicode.Scalar) -> Int8 { Int8(truncatingIfNeeded: character.value) }

extension Float: LAPACKElement {
  static func getrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ pivots: Integers) -> Int32 {
    var (m, n, lead, info) = (m, n, max(m, 1), OpenBLAS.missing)
    sgetrf?(&m, &n, a, &lead, pivots, &info)
    return info
  }

  static func getrs(_ n: Int32, _ columns: Int32, _ a: Matrix, _ pivots: Integers, _ b: Matrix) -> Int32 {
    var (trans, n, columns, lead, info) = (letter("N"), n, columns, max(n, 1), OpenBLAS.missing)
    var leadB = lead
    sgetrs?(&trans, &n, &columns, a, &lead, pivots, b, &leadB, &info)
    return info
  }

  static func potrf(_ n: Int32, _ a: Matrix, upper: Bool) -> Int32 {
    var (part, n, lead, info) = (letter(upper ? "U" : "L"), n, max(n, 1), OpenBLAS.missing)
    spotrf?(&part, &n, a, &lead, &info)
    return info
  }

  static func geqrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32) -> Int32 {
    var (m, n, lead, count, info) = (m, n, max(m, 1), workCount, OpenBLAS.missing)
    sgeqrf?(&m, &n, a, &lead, tau, work, &count, &info)
    return info
  }

  static func orgqr(
    _ m: Int32, _ n: Int32, _ k: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32
  ) -> Int32 {
    var (m, n, k, lead, count, info) = (m, n, k, max(m, 1), workCount, OpenBLAS.missing)
    sorgqr?(&m, &n, &k, a, &lead, tau, work, &count, &info)
    return info
  }

  static func syevd(
    _ n: Int32, _ a: Matrix, _ values: Matrix, upper: Bool, _ work: Matrix, _ workCount: Int32, _ integers: Integers,
    _ integerCount: Int32
  ) -> Int32 {
    var (job, part, n, lead) = (letter("V"), letter(upper ? "U" : "L"), n, max(n, 1))
    var (count, integerCount, info) = (workCount, integerCount, OpenBLAS.missing)
    ssyevd?(&job, &part, &n, a, &lead, values, work, &count, integers, &integerCount, &info)
    return info
  }

  static func gesdd(
    _ job: Int8, _ m: Int32, _ n: Int32, _ a: Matrix, _ values: Matrix, _ u: Matrix, _ uRows: Int32, _ vt: Matrix,
    _ vtRows: Int32, _ work: Matrix, _ workCount: Int32, _ integers: Integers
  ) -> Int32 {
    var (job, m, n, lead, leadU, leadV) = (job, m, n, max(m, 1), uRows, vtRows)
    var (count, info) = (workCount, OpenBLAS.missing)
    sgesdd?(&job, &m, &n, a, &lead, values, u, &leadU, vt, &leadV, work, &count, integers, &info)
    return info
  }

  static func trsm(_ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, unitDiagonal: Bool) {
    strsm?(
      Int32(CblasColMajor), Int32(CblasLeft), Int32(upper ? CblasUpper : CblasLower), Int32(CblasNoTrans),
      Int32(unitDiagonal ? CblasUnit : CblasNonUnit), n, columns, 1, a, max(n, 1), b, max(n, 1))
  }
}

extension Double: LAPACKElement {
  static func getrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ pivots: Integers) -> Int32 {
    var (m, n, lead, info) = (m, n, max(m, 1), OpenBLAS.missing)
    dgetrf?(&m, &n, a, &lead, pivots, &info)
    return info
  }

  static func getrs(_ n: Int32, _ columns: Int32, _ a: Matrix, _ pivots: Integers, _ b: Matrix) -> Int32 {
    var (trans, n, columns, lead, info) = (letter("N"), n, columns, max(n, 1), OpenBLAS.missing)
    var leadB = lead
    dgetrs?(&trans, &n, &columns, a, &lead, pivots, b, &leadB, &info)
    return info
  }

  static func potrf(_ n: Int32, _ a: Matrix, upper: Bool) -> Int32 {
    var (part, n, lead, info) = (letter(upper ? "U" : "L"), n, max(n, 1), OpenBLAS.missing)
    dpotrf?(&part, &n, a, &lead, &info)
    return info
  }

  static func geqrf(_ m: Int32, _ n: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32) -> Int32 {
    var (m, n, lead, count, info) = (m, n, max(m, 1), workCount, OpenBLAS.missing)
    dgeqrf?(&m, &n, a, &lead, tau, work, &count, &info)
    return info
  }

  static func orgqr(
    _ m: Int32, _ n: Int32, _ k: Int32, _ a: Matrix, _ tau: Matrix, _ work: Matrix, _ workCount: Int32
  ) -> Int32 {
    var (m, n, k, lead, count, info) = (m, n, k, max(m, 1), workCount, OpenBLAS.missing)
    dorgqr?(&m, &n, &k, a, &lead, tau, work, &count, &info)
    return info
  }

  static func syevd(
    _ n: Int32, _ a: Matrix, _ values: Matrix, upper: Bool, _ work: Matrix, _ workCount: Int32, _ integers: Integers,
    _ integerCount: Int32
  ) -> Int32 {
    var (job, part, n, lead) = (letter("V"), letter(upper ? "U" : "L"), n, max(n, 1))
    var (count, integerCount, info) = (workCount, integerCount, OpenBLAS.missing)
    dsyevd?(&job, &part, &n, a, &lead, values, work, &count, integers, &integerCount, &info)
    return info
  }

  static func gesdd(
    _ job: Int8, _ m: Int32, _ n: Int32, _ a: Matrix, _ values: Matrix, _ u: Matrix, _ uRows: Int32, _ vt: Matrix,
    _ vtRows: Int32, _ work: Matrix, _ workCount: Int32, _ integers: Integers
  ) -> Int32 {
    var (job, m, n, lead, leadU, leadV) = (job, m, n, max(m, 1), uRows, vtRows)
    var (count, info) = (workCount, OpenBLAS.missing)
    dgesdd?(&job, &m, &n, a, &lead, values, u, &leadU, vt, &leadV, work, &count, integers, &info)
    return info
  }

  static func trsm(_ n: Int32, _ columns: Int32, _ a: Matrix, _ b: Matrix, upper: Bool, unitDiagonal: Bool) {
    dtrsm?(
      Int32(CblasColMajor), Int32(CblasLeft), Int32(upper ? CblasUpper : CblasLower), Int32(CblasNoTrans),
      Int32(unitDiagonal ? CblasUnit : CblasNonUnit), n, columns, 1, a, max(n, 1), b, max(n, 1))
  }
}
