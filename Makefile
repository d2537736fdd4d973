# One verb each. PYTHON chooses the interpreter of the environment, VENV its place.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
EXTRAS ?= dev
# One more than two cores: some tests wait for a clock or a socket.
JOBS ?= 3
STAMP := $(VENV)/.installed
# Bytecode is kept, whatever the environment says: without it every worker of pytest, and every
# process that a test starts, compiles all of it again.
export PYTHONDONTWRITEBYTECODE :=
# Only what is imported needs bytecode: the first import writes it.
INSTALL := --quiet --disable-pip-version-check --no-compile

.PHONY: demo build profiled test test-whole test-all bench lint docs judges fabric fpga model fuzz storm sanitize tsan clean

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("tickpath needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install $(INSTALL) "setuptools>=69" wheel "Cython>=3.3,<3.4"
	TICKPATH_ONLY=nothing $(PY) -m pip install $(INSTALL) --no-build-isolation --editable ".[$(EXTRAS)]"
	touch $(STAMP)

build: $(STAMP)            ## create the environment, compile what changed
	$(PY) setup.py --quiet build_ext --inplace

demo: build                ## simulated market and venue in the process, then a report
	$(VENV)/bin/tickpath demo

test: build                ## what can run on a CPU host, but for the soaks, storms, judges and gates marked slow
	$(PY) -m pytest --numprocesses $(JOBS) --dist worksteal -m "not slow"

test-whole: build          ## the slow ones too
	$(PY) -m pytest --numprocesses $(JOBS) --dist worksteal

test-all:                  ## the whole suite on every supported Python that is installed
	for v in 3.11 3.12 3.13; do \
	  python$$v -c 1 || { echo "python$$v does not run: install it, or make test-whole PYTHON=..."; exit 1; }; \
	  $(MAKE) clean-native && $(MAKE) test-whole PYTHON=python$$v VENV=.venv-$$v || exit 1; \
	done

bench: build               ## micro figures, then the whole path
	$(PY) -m pytest benchmarks/bench_public.py --benchmark-only --benchmark-columns=min,median,ops
	for b in benchmarks/hot/bench_*.py; do echo "== $$b"; $(PY) $$b || echo "a bar was missed: see above"; done
	$(VENV)/bin/tickpath bench

# The object files of both compilations have one path: there the compiler leaves and finds the counts.
WALK := tickpath.engine.native tickpath.venues.binance.native
profiled: build            ## compile the walk once more, by what its branches did in a training run
	find build -name '*.gcda' -delete
	TICKPATH_ONLY="$(WALK)" TICKPATH_PROFILE=generate $(PY) setup.py --quiet build_ext --inplace --force
	$(PY) benchmarks/path/train.py
	TICKPATH_ONLY="$(WALK)" TICKPATH_PROFILE=use $(PY) setup.py --quiet build_ext --inplace --force

lint: build
	$(PY) -m ruff check src tests benchmarks fpga setup.py
	$(PY) -m ruff format --check src tests benchmarks fpga setup.py
	$(PY) -m mypy

model: build               ## what crosses threads, the kill switch and the life of an order: Spin and TLC
	$(PY) -m pytest tests/model --numprocesses $(JOBS)

judges: build              ## third-party clients, in an environment of their own, against the simulated venues
	$(PY) tests/judges/prepare.py
	$(PY) -m pytest tests/judges

fabric: build              ## the overlay by itself: three readers, proofs, mutants, bus models, cells
	$(PY) fpga/synth/lint.py
	$(PY) fpga/formal/run.py
	$(PY) fpga/formal/mutants.py --quick
	$(PY) fpga/tb/run.py & bench=$$!; $(PY) fpga/synth/synth.py --no-route; cells=$$?; wait $$bench && exit $$cells

fpga: fabric               ## and against its twins in simulation, and its clock rate on an ECP5
	$(PY) -m pytest tests/devices/fpga --numprocesses $(JOBS)
	$(PY) fpga/formal/mutants.py --simulated
	$(PY) fpga/synth/synth.py

docs: build                ## the reference pages that are lists of what the code declares
	$(PY) -m tickpath.cli.pages docs/reference

FUZZ_N ?= 20000000
fuzz: build                ## FUZZ_N inputs a decoder, and a million differential frames
	TICKPATH_FUZZ_N=$(FUZZ_N) $(PY) -m pytest tests/fuzz

STORM_N ?= 10000000
storm: build               ## STORM_N random order events against the slow model, native alone and both backends
	TICKPATH_ORDER_STORM_N=$(STORM_N) TICKPATH_ORDER_STORM_BOTH=$(STORM_N) $(PY) -m pytest -s tests/hot/execute/test_storm.py

# The worker of xdist is the process that a report ends: the run names the test and goes on.
SANITIZED := .venv-sanitize
sanitize:                  ## the suite under AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) clean-native
	TICKPATH_SANITIZE=1 $(MAKE) build VENV=$(SANITIZED)
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	  PYTHONMALLOC=malloc TICKPATH_SANITIZED=1 $(SANITIZED)/bin/python -m pytest tests -n 1 \
	  --ignore=tests/law -p no:cacheprovider
	$(MAKE) clean-native

# What threads share is instrumented, in a tree of its own; the other modules there are copies.
# Much address randomisation keeps ThreadSanitizer from starting: switched off where that is allowed.
TSAN := build/tsan
tsan: build                ## the threads under ThreadSanitizer
	rm -rf $(TSAN) && mkdir -p $(TSAN) && cp -r src/tickpath $(TSAN)
	TICKPATH_SANITIZE=thread TICKPATH_ONLY="tickpath.lanes tickpath.engine.native transport.polling transport.hooks" \
	  $(PY) setup.py --quiet build_ext --force --build-lib $(TSAN) --build-temp build/tsan-objects
	fixed=$$(setarch -R true 2>/dev/null && echo setarch -R); \
	TICKPATH_TSAN=1 LD_PRELOAD="$$(gcc -print-file-name=libtsan.so)" \
	  TSAN_OPTIONS="exitcode=66 log_path=$(CURDIR)/$(TSAN)/report" \
	  $$fixed $(PY) -m pytest -p no:cacheprovider -o pythonpath="$(TSAN) tests" \
	  tests/lanes tests/model/test_threads.py tests/venues/transport/test_polling.py -k "not every_byte and not flipped_bit"; rc=$$?; \
	! cat $(TSAN)/report* 2>/dev/null && exit $$rc

.PHONY: clean-native
clean-native:              ## forget compiled modules, so that another Python or flag set builds its own
	find src -name '*.so' -delete
	rm -rf build

clean: clean-native
	find src -name '*.c' -delete
	rm -rf .venv* dist runs
