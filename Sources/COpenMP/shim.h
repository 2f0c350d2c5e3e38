// The entries of GNU's OpenMP run-time library that a parallel loop needs. oneDNN runs its primitives on this library's
// threads; sharing them avoids a second pool that would compete for the same cores.
// Source: https://gcc.gnu.org/onlinedocs/libgomp/Implementing-PARALLEL-construct.html
#ifndef NNLUA_COPENMP_SHIM_H
#define NNLUA_COPENMP_SHIM_H

void GOMP_parallel(void (*body)(void *), void *data, unsigned thread_count, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int count);
int omp_in_parallel(void);

#endif
