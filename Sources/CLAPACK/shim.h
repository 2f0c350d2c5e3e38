// The routines of BLAS and LAPACK that the tensor library calls, from OpenBLAS. Matrices are column-major in all of LAPACK.
// Source: https://www.netlib.org/lapack/explore-html/
#ifndef NNLUA_CLAPACK_SHIM_H
#define NNLUA_CLAPACK_SHIM_H

enum { CblasRowMajor = 101, CblasColMajor = 102 };
enum { CblasNoTrans = 111, CblasTrans = 112 };

void openblas_set_num_threads(int count);

void cblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                 const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dgemm(int order, int transA, int transB, int m, int n, int k, double alpha, const double *a, int lda,
                 const double *b, int ldb, double beta, double *c, int ldc);

#define CLAPACK_ROUTINES(p, T)                                                                                       \
  void p##getrf_(const int *m, const int *n, T *a, const int *lda, int *pivots, int *info);                          \
  void p##getrs_(const char *trans, const int *n, const int *nrhs, const T *a, const int *lda, const int *pivots,    \
                 T *b, const int *ldb, int *info);                                                                   \
  void p##getri_(const int *n, T *a, const int *lda, const int *pivots, T *work, const int *lwork, int *info);       \
  void p##potrf_(const char *uplo, const int *n, T *a, const int *lda, int *info);                                   \
  void p##geqrf_(const int *m, const int *n, T *a, const int *lda, T *tau, T *work, const int *lwork, int *info);    \
  void p##orgqr_(const int *m, const int *n, const int *k, T *a, const int *lda, const T *tau, T *work,              \
                 const int *lwork, int *info);                                                                       \
  void p##syevd_(const char *jobz, const char *uplo, const int *n, T *a, const int *lda, T *w, T *work,              \
                 const int *lwork, int *iwork, const int *liwork, int *info);                                        \
  void p##gesdd_(const char *jobz, const int *m, const int *n, T *a, const int *lda, T *s, T *u, const int *ldu,     \
                 T *vt, const int *ldvt, T *work, const int *lwork, int *iwork, int *info);                          \
  void p##trtrs_(const char *uplo, const char *trans, const char *diag, const int *n, const int *nrhs, const T *a,   \
                 const int *lda, T *b, const int *ldb, int *info);                                                   \
  void p##gelsd_(const int *m, const int *n, const int *nrhs, T *a, const int *lda, T *b, const int *ldb, T *s,      \
                 const T *rcond, int *rank, T *work, const int *lwork, int *iwork, int *info);

CLAPACK_ROUTINES(s, float)
CLAPACK_ROUTINES(d, double)

#endif
