// The types of the routines of BLAS and LAPACK that the tensor library calls, from OpenBLAS, which is loaded when one is first
// needed: it takes milliseconds. Matrices are column-major in all of LAPACK.
// Source: https://www.netlib.org/lapack/explore-html/
#ifndef NNLUA_CLAPACK_SHIM_H
#define NNLUA_CLAPACK_SHIM_H

enum { CblasRowMajor = 101, CblasColMajor = 102 };
enum { CblasNoTrans = 111, CblasTrans = 112 };
enum { CblasUpper = 121, CblasLower = 122 };
enum { CblasNonUnit = 131, CblasUnit = 132 };
enum { CblasLeft = 141 };

typedef void (*cblas_dgemm_t)(int order, int transA, int transB, int m, int n, int k, double alpha, const double *a,
                              int lda, const double *b, int ldb, double beta, double *c, int ldc);

#define CLAPACK_ROUTINES(p, T)                                                                                        \
  typedef void (*p##getrf_t)(const int *m, const int *n, T *a, const int *lda, int *pivots, int *info);               \
  typedef void (*p##getrs_t)(const char *trans, const int *n, const int *nrhs, const T *a, const int *lda,            \
                             const int *pivots, T *b, const int *ldb, int *info);                                     \
  typedef void (*p##potrf_t)(const char *uplo, const int *n, T *a, const int *lda, int *info);                        \
  typedef void (*p##geqrf_t)(const int *m, const int *n, T *a, const int *lda, T *tau, T *work, const int *lwork,     \
                             int *info);                                                                              \
  typedef void (*p##orgqr_t)(const int *m, const int *n, const int *k, T *a, const int *lda, const T *tau, T *work,   \
                             const int *lwork, int *info);                                                            \
  typedef void (*p##syevd_t)(const char *jobz, const char *uplo, const int *n, T *a, const int *lda, T *w, T *work,   \
                             const int *lwork, int *iwork, const int *liwork, int *info);                             \
  typedef void (*p##gesdd_t)(const char *jobz, const int *m, const int *n, T *a, const int *lda, T *s, T *u,          \
                             const int *ldu, T *vt, const int *ldvt, T *work, const int *lwork, int *iwork,           \
                             int *info);                                                                              \
  typedef void (*cblas_##p##trsm_t)(int order, int side, int uplo, int transA, int diag, int m, int n, T alpha,       \
                                    const T *a, int lda, T *b, int ldb);

CLAPACK_ROUTINES(s, float)
CLAPACK_ROUTINES(d, double)

#endif
