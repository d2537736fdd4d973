/* A strict reader for the requests that reach the simulated venue.
 *
 * A request is one JSON object with "id", "method" and "params", each once; params holds scalars
 * only, no name twice. Anything else is refused whole: a lenient venue would hide mistakes of the
 * encoder. Strings carry no escapes. The text is zero-terminated; slices point into it.
 */
#ifndef TICKPATH_SIM_REQUEST_H
#define TICKPATH_SIM_REQUEST_H
#include <stdint.h>
#include <string.h>

enum { TP_SIM_PARAMS_MAX = 32, TP_SIM_ID_BYTES_MAX = 36 };

typedef struct tp_sim_slice { const char* text; int32_t bytes; } tp_sim_slice;
typedef struct tp_sim_param { tp_sim_slice key, value; } tp_sim_param;

typedef struct tp_sim_request {
  tp_sim_slice id;                  /* as written, with its quotes; null when refused */
  tp_sim_slice name;                /* the id without quotes */
  tp_sim_slice method;
  int32_t count;
  tp_sim_param params[TP_SIM_PARAMS_MAX];
} tp_sim_request;

static inline int tp_sim_is(tp_sim_slice s, const char* word) {
  return s.bytes == (int32_t)strlen(word) && memcmp(s.text, word, (size_t)s.bytes) == 0;
}

static inline void tp_sim_space(const char** at) {
  while (**at == ' ' || **at == '\t' || **at == '\n' || **at == '\r') ++*at;
}

/* one punctuation character, with space on both sides */
static inline int tp_sim_mark(const char** at, char c) {
  tp_sim_space(at);
  if (**at != c) return 0;
  ++*at;
  tp_sim_space(at);
  return 1;
}

static inline int tp_sim_string(const char** at, tp_sim_slice* out) {
  const char* p = *at;
  if (*p != '"') return 0;
  out->text = ++p;
  while (*p != '"') {
    if ((unsigned char)*p < 0x20 || *p == '\\') return 0;
    p++;
  }
  out->bytes = (int32_t)(p - out->text);
  *at = p + 1;
  return 1;
}

static inline int tp_sim_digits(const char** p) {
  const char* from = *p;
  while (**p >= '0' && **p <= '9') ++*p;
  return *p > from;
}

/* a number by the grammar of RFC 8259, or true, false, null */
static inline int tp_sim_bare(const char** at, tp_sim_slice* out) {
  static const char* const words[3] = {"true", "false", "null"};
  const char* p = *at;
  out->text = p;
  for (int k = 0; k < 3; k++) {
    size_t n = strlen(words[k]);
    if (strncmp(p, words[k], n)) continue;
    out->bytes = (int32_t)n;
    *at = p + n;
    return 1;
  }
  if (*p == '-') p++;
  if (*p == '0') p++;
  else if (!tp_sim_digits(&p)) return 0;
  if (*p == '.') {
    p++;
    if (!tp_sim_digits(&p)) return 0;
  }
  if (*p == 'e' || *p == 'E') {
    p++;
    if (*p == '+' || *p == '-') p++;
    if (!tp_sim_digits(&p)) return 0;
  }
  out->bytes = (int32_t)(p - out->text);
  *at = p;
  return 1;
}

static inline int tp_sim_scalar(const char** at, tp_sim_slice* out) {
  return **at == '"' ? tp_sim_string(at, out) : tp_sim_bare(at, out);
}

static inline int tp_sim_param_of(const tp_sim_request* r, const char* key, tp_sim_slice* out) {
  for (int32_t k = 0; k < r->count; k++) {
    if (!tp_sim_is(r->params[k].key, key)) continue;
    *out = r->params[k].value;
    return 1;
  }
  return 0;
}

static inline int tp_sim_params(const char** at, tp_sim_request* r) {
  if (!tp_sim_mark(at, '{')) return 0;
  if (tp_sim_mark(at, '}')) return 1;
  do {
    tp_sim_param* p = &r->params[r->count];
    if (r->count == TP_SIM_PARAMS_MAX || !tp_sim_string(at, &p->key)) return 0;
    for (int32_t k = 0; k < r->count; k++)
      if (r->params[k].key.bytes == p->key.bytes &&
          memcmp(r->params[k].key.text, p->key.text, (size_t)p->key.bytes) == 0) return 0;
    if (!tp_sim_mark(at, ':') || !tp_sim_scalar(at, &p->value)) return 0;
    r->count++;
  } while (tp_sim_mark(at, ','));
  return tp_sim_mark(at, '}');
}

/* at most 36 ASCII characters, an integer or null */
static inline int tp_sim_id(const char** at, tp_sim_request* r) {
  const char* from = *at;
  if (!tp_sim_scalar(at, &r->name)) return 0;
  r->id.text = from;
  r->id.bytes = (int32_t)(*at - from);
  if (r->name.bytes > TP_SIM_ID_BYTES_MAX) return 0;
  for (int32_t k = 0; k < r->name.bytes; k++)
    if ((unsigned char)r->name.text[k] >= 0x80) return 0;
  if (*from == '"' || tp_sim_is(r->name, "null")) return 1;
  for (int32_t k = 0; k < r->name.bytes; k++)
    if ((from[k] < '0' || from[k] > '9') && !(k == 0 && *from == '-')) return 0;
  return 1;
}

static inline int tp_sim_members(const char* at, tp_sim_request* r) {
  int id = 0, method = 0, params = 0;
  tp_sim_slice key;
  if (!tp_sim_mark(&at, '{')) return 0;
  do {
    if (!tp_sim_string(&at, &key) || !tp_sim_mark(&at, ':')) return 0;
    if (tp_sim_is(key, "id") && !id++) {
      if (!tp_sim_id(&at, r)) return 0;
    } else if (tp_sim_is(key, "method") && !method++) {
      if (!tp_sim_string(&at, &r->method)) return 0;
    } else if (tp_sim_is(key, "params") && !params++) {
      if (!tp_sim_params(&at, r)) return 0;
    } else {
      return 0;
    }
  } while (tp_sim_mark(&at, ','));
  return tp_sim_mark(&at, '}') && *at == 0 && id && method;
}

/* 1 when the request is well formed; else its id is null and it has no parameters */
static inline int tp_sim_parse(const char* text, tp_sim_request* r) {
  memset(r, 0, sizeof *r);
  if (tp_sim_members(text, r)) return 1;
  memset(r, 0, sizeof *r);
  r->id.text = r->name.text = "null";
  r->id.bytes = r->name.bytes = 4;
  r->method.text = "";
  return 0;
}

/* decimal text "digits[.digits]" -> integer of 10^-decimals; 0 when it is none or does not fit */
static inline int tp_sim_units(tp_sim_slice s, int32_t decimals, uint64_t* out) {
  uint64_t value = 0;
  int32_t fraction = -1;
  if (s.bytes < 1 || s.bytes > 40 || s.text[0] == '.' || s.text[s.bytes - 1] == '.') return 0;
  for (int32_t k = 0; k < s.bytes; k++) {
    char c = s.text[k];
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9' || fraction >= decimals) return 0;
    if (__builtin_mul_overflow(value, (uint64_t)10, &value)) return 0;
    if (__builtin_add_overflow(value, (uint64_t)(c - '0'), &value)) return 0;
    if (fraction >= 0) fraction++;
  }
  for (int32_t k = fraction < 0 ? 0 : fraction; k < decimals; k++)
    if (__builtin_mul_overflow(value, (uint64_t)10, &value)) return 0;
  *out = value;
  return 1;
}
#endif
