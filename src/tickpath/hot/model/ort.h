/* The part of ONNX Runtime's C interface that the backend `onnx` uses, by the library's path.
 *
 * The interface is a table of function pointers that only ever grows at its end, handed out for a
 * version; ORT_API is the lowest whose table has what is used here, so any later library serves.
 * Nothing is linked: a build needs no ONNX Runtime, and one without it says so in a probe.
 * ort_run takes no lock of Python's and allocates nothing itself; the library does inside a run.
 * Worst case: some microseconds and a tail of the library's own, so a model with a native form
 * should not be evaluated here.
 */
#ifndef TICKPATH_ORT_H
#define TICKPATH_ORT_H
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ORT_API = 17, ORT_MESSAGE_BYTES = 256, ORT_AXES_MAX = 8 };
enum { ORT_FLOAT = 1, ORT_DOUBLE = 11 }; /* element types */
enum { ORT_OK = 0, ORT_NOT_FINITE = 1, ORT_COLD = 2, ORT_FAILED = 3 };

/* places in the table */
enum {
  ORT_GET_ERROR_MESSAGE = 2,
  ORT_CREATE_ENV = 3,
  ORT_CREATE_SESSION_FROM_ARRAY = 8,
  ORT_RUN = 9,
  ORT_CREATE_SESSION_OPTIONS = 10,
  ORT_SET_EXECUTION_MODE = 13,
  ORT_SET_INTRA_OP_THREADS = 24,
  ORT_SET_INTER_OP_THREADS = 25,
  ORT_CREATE_TENSOR_WITH_DATA = 49,
  ORT_GET_ELEMENT_TYPE = 60,
  ORT_GET_AXES_COUNT = 61,
  ORT_GET_AXES = 62,
  ORT_GET_TENSOR_SHAPE = 65,
  ORT_CREATE_CPU_MEMORY = 69,
  ORT_RELEASE_STATUS = 93,
  ORT_RELEASE_MEMORY = 94,
  ORT_RELEASE_SESSION = 95,
  ORT_RELEASE_VALUE = 96,
  ORT_RELEASE_SHAPE = 99,
  ORT_RELEASE_OPTIONS = 100
};

typedef struct {
  const void* const* (*table)(uint32_t version);
  const char* (*version)(void);
} ort_base;

typedef struct {
  const void* const* api;
  void* session;
  void* input; /* values over `window` and `answer` */
  void* output;
  const char* input_name; /* borrowed */
  const char* output_name;
  char* window; /* [steps][width] of the input's type, the newest row last */
  char* answer;
  int64_t answer_axes[ORT_AXES_MAX];
  int32_t answer_axes_count, answer_type, input_type;
  int32_t width, steps, count;
  int32_t chosen; /* which value of the answer is the score */
  int32_t reserved;
  uint64_t failures;
  char message[ORT_MESSAGE_BYTES]; /* of the last failure */
} ort_model;

/* 1 when a status is good; else the message is kept and the status released */
static inline int ort_good(ort_model* m, void* status) {
  typedef const char* (*text_fn)(const void*);
  typedef void (*release_fn)(void*);
  const char* said;
  if (!status) return 1;
  said = ((text_fn)(uintptr_t)m->api[ORT_GET_ERROR_MESSAGE])(status);
  strncpy(m->message, said ? said : "no message", ORT_MESSAGE_BYTES - 1);
  ((release_fn)(uintptr_t)m->api[ORT_RELEASE_STATUS])(status);
  return 0;
}

static inline void ort_release(const ort_model* m, int place, void* what) {
  if (what) ((void (*)(void*))(uintptr_t)m->api[place])(what);
}

/* The table of the library at `path`, its version in `version`; NULL and why in `why`. */
static const void* const* ort_open(const char* path, const char** version, const char** why) {
  const void* const* api;
  const ort_base* base;
  const ort_base* (*entry)(void);
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    *why = dlerror();
    return NULL;
  }
  entry = (const ort_base* (*)(void))(uintptr_t)dlsym(handle, "OrtGetApiBase");
  if (!entry) {
    *why = "it has no OrtGetApiBase";
    return NULL;
  }
  base = entry();
  *version = base->version();
  api = base->table(ORT_API);
  if (!api) *why = "it is older than 1.17";
  return api;
}

/* one for the process: sessions need it until the process ends */
static void* ort_environment = NULL;

/* A session of one thread, and the value over the window. 0: `message` says why. */
static int ort_begin(ort_model* m, const void* data, size_t size, const int64_t* axes, int count,
                     size_t window_bytes) {
  typedef void* (*env_fn)(int, const char*, void**);
  typedef void* (*make_fn)(void**);
  typedef void* (*set_fn)(void*, int);
  typedef void* (*session_fn)(const void*, const void*, size_t, const void*, void**);
  typedef void* (*memory_fn)(int, int, void**);
  typedef void* (*tensor_fn)(const void*, void*, size_t, const int64_t*, size_t, int, void**);
  const void* const* f = m->api;
  void *options = NULL, *memory = NULL;
  int good = ort_environment != NULL ||
             ort_good(m, ((env_fn)(uintptr_t)f[ORT_CREATE_ENV])(4, "tickpath", &ort_environment));
  good = good && ort_good(m, ((make_fn)(uintptr_t)f[ORT_CREATE_SESSION_OPTIONS])(&options)) &&
         ort_good(m, ((set_fn)(uintptr_t)f[ORT_SET_EXECUTION_MODE])(options, 0)) &&
         ort_good(m, ((set_fn)(uintptr_t)f[ORT_SET_INTRA_OP_THREADS])(options, 1)) &&
         ort_good(m, ((set_fn)(uintptr_t)f[ORT_SET_INTER_OP_THREADS])(options, 1)) &&
         ort_good(m, ((session_fn)(uintptr_t)f[ORT_CREATE_SESSION_FROM_ARRAY])(
                         ort_environment, data, size, options, &m->session)) &&
         ort_good(m, ((memory_fn)(uintptr_t)f[ORT_CREATE_CPU_MEMORY])(0, 0, &memory)) &&
         ort_good(m, ((tensor_fn)(uintptr_t)f[ORT_CREATE_TENSOR_WITH_DATA])(
                         memory, m->window, window_bytes, axes, (size_t)count, m->input_type,
                         &m->input));
  ort_release(m, ORT_RELEASE_MEMORY, memory);
  ort_release(m, ORT_RELEASE_OPTIONS, options);
  return good;
}

/* 1 when the session ran over the window */
static inline int ort_evaluate(ort_model* m, void** output) {
  typedef void* (*run_fn)(void*, const void*, const char* const*, const void* const*, size_t,
                          const char* const*, size_t, void**);
  const void* inputs[1] = {m->input};
  return ort_good(m, ((run_fn)(uintptr_t)m->api[ORT_RUN])(m->session, NULL, &m->input_name, inputs,
                                                          1, &m->output_name, 1, output));
}

/* A first run finds the answer's type and axes. 0: `message` says why. */
static int ort_try(ort_model* m) {
  typedef void* (*shape_fn)(const void*, void**);
  typedef void* (*type_fn)(const void*, int*);
  typedef void* (*count_fn)(const void*, size_t*);
  typedef void* (*axes_fn)(const void*, int64_t*, size_t);
  const void* const* f = m->api;
  void *output = NULL, *shape = NULL;
  size_t count = 0;
  int type = 0;
  int good = ort_evaluate(m, &output) &&
             ort_good(m, ((shape_fn)(uintptr_t)f[ORT_GET_TENSOR_SHAPE])(output, &shape)) &&
             ort_good(m, ((type_fn)(uintptr_t)f[ORT_GET_ELEMENT_TYPE])(shape, &type)) &&
             ort_good(m, ((count_fn)(uintptr_t)f[ORT_GET_AXES_COUNT])(shape, &count));
  if (good && count > ORT_AXES_MAX) {
    strcpy(m->message, "the answer has too many axes");
    good = 0;
  }
  good = good && ort_good(m, ((axes_fn)(uintptr_t)f[ORT_GET_AXES])(shape, m->answer_axes, count));
  m->answer_axes_count = (int32_t)count;
  m->answer_type = type;
  ort_release(m, ORT_RELEASE_SHAPE, shape);
  ort_release(m, ORT_RELEASE_VALUE, output);
  return good;
}

/* The value over `answer`, which the caller made. 0: `message` says why. */
static int ort_answer(ort_model* m, size_t bytes) {
  typedef void* (*memory_fn)(int, int, void**);
  typedef void* (*tensor_fn)(const void*, void*, size_t, const int64_t*, size_t, int, void**);
  const void* const* f = m->api;
  void* memory = NULL;
  int good = ort_good(m, ((memory_fn)(uintptr_t)f[ORT_CREATE_CPU_MEMORY])(0, 0, &memory)) &&
             ort_good(m, ((tensor_fn)(uintptr_t)f[ORT_CREATE_TENSOR_WITH_DATA])(
                             memory, m->answer, bytes, m->answer_axes,
                             (size_t)m->answer_axes_count, m->answer_type, &m->output));
  ort_release(m, ORT_RELEASE_MEMORY, memory);
  return good;
}

static void ort_end(ort_model* m) {
  if (!m->api) return;
  ort_release(m, ORT_RELEASE_VALUE, m->output);
  ort_release(m, ORT_RELEASE_VALUE, m->input);
  ort_release(m, ORT_RELEASE_SESSION, m->session);
  m->output = m->input = m->session = NULL;
}

/* The row becomes the newest of the window; 0 when a value is not finite in the input's type. */
static inline int ort_push(ort_model* m, const double* row) {
  const int32_t size = m->input_type == ORT_DOUBLE ? 8 : 4;
  const size_t bytes = (size_t)m->width * size;
  char* newest = m->window + (size_t)(m->steps - 1) * bytes;
  int bad = 0;
  memmove(m->window, m->window + bytes, (size_t)(m->steps - 1) * bytes);
  for (int32_t k = 0; k < m->width; k++) {
    const float narrow = (float)row[k];
    if (size == 8) {
      ((double*)newest)[k] = row[k];
      bad |= !(row[k] - row[k] == 0.0);
    } else {
      ((float*)newest)[k] = narrow;
      bad |= !(narrow - narrow == 0.0f);
    }
  }
  m->count = bad ? 0 : m->count + (m->count < m->steps);
  return !bad;
}

/* ORT_OK and the score of the window that ends with this row, or why there is none. */
static inline int32_t ort_run(ort_model* m, const double* row, double* score) {
  double value;
  if (!ort_push(m, row)) return ORT_NOT_FINITE;
  if (m->count < m->steps) return ORT_COLD;
  if (!ort_evaluate(m, &m->output)) {
    m->failures++;
    return ORT_FAILED;
  }
  value = m->answer_type == ORT_DOUBLE ? ((const double*)m->answer)[m->chosen]
                                       : (double)((const float*)m->answer)[m->chosen];
  if (!(value - value == 0.0)) return ORT_NOT_FINITE;
  *score = value;
  return ORT_OK;
}
#endif
