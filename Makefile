# SPDX-License-Identifier: Apache-2.0
# A thin front of the presets in CMakePresets.json: `make` alone says what there is.
PRESET  ?= release
NETWORK ?= demo/model.tflite
INPUT   ?= demo/cases/twill/in0.npy
TESTS   ?=
NIGHTLY ?=

build := build/$(PRESET)
twill := $(build)/sw/twill
jobs   = $$(nproc)
# Ninja where there is one; a folder configured before keeps what it has.
configure = if command -v ninja >/dev/null; then export CMAKE_GENERATOR="$${CMAKE_GENERATOR:-Ninja}"; fi; cmake --preset $(PRESET)

help:
	@echo 'make demo      set up, build, and run the demo network on the base machine'
	@echo 'make test      set up, build, and run the whole test suite'
	@echo 'make check     set up, build, and run the part of the suite under five minutes'
	@echo 'make sanitize  the whole suite, proofs and the new machine aside, under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make threads   the tests of several threads under ThreadSanitizer'
	@echo 'make coverage  what the tests see of the chip, gated, with a report'
	@echo 'make nightly   what is too long for CI, in pieces that an interrupted run does not repeat (NIGHTLY="--only NAME" for some)'
	@echo 'make build     configure and build only'
	@echo 'make setup     install what a build needs (setup-test: and what the tests need)'
	@echo 'make install   build what is installed, and install to PREFIX (default /usr/local)'
	@echo 'make clean     remove build/$(PRESET)'
	@echo 'PRESET=release|debug|sanitize|thread|coverage|trace chooses the build, TARGET=<name> what to build, TESTS=<pattern> the tests,'
	@echo 'NETWORK=<file.tflite> and INPUT=<file.npy> what make demo runs.'

setup:
	@cmake/setup.sh
setup-test:
	@cmake/setup.sh test

build:
	@start=$$(date +%s); $(configure) && cmake --build $(build) --parallel $(jobs) $(if $(TARGET),--target $(TARGET)) && \
	  echo "built in $$((($$(date +%s) - start + 30) / 60)) minutes"

demo: setup
	@$(MAKE) --no-print-directory build TARGET=twill_command
	$(twill) run $(NETWORK) --input $(INPUT)
	@echo
	@echo 'That was one picture. Next, compare every tensor of eight pictures with the references:'
	@echo
	@echo '  $(twill) verify demo --every-layer'

test: setup-test
	@echo 'Expected on two cores: 10 to 25 minutes if nothing is built yet, then 12 for the whole suite. make check is the quick part.'
	@$(MAKE) --no-print-directory build
	@ctest --preset $(PRESET) --parallel $(jobs) $(if $(TESTS),-R '$(TESTS)')

check: setup-test
	@echo 'Expected on two cores: 10 to 25 minutes if nothing is built yet, then 1 to 2 for the quick part of the suite.'
	@$(MAKE) --no-print-directory build
	@ctest --preset $(PRESET) --parallel $(jobs) -L check

sanitize: setup-test
	@$(MAKE) --no-print-directory build PRESET=sanitize
	@ctest --preset sanitize --parallel $(jobs) $(if $(TESTS),-R '$(TESTS)')

threads: setup
	@$(MAKE) --no-print-directory build PRESET=thread TARGET=twill_threads
	@ctest --preset thread --parallel $(jobs) $(if $(TESTS),-R '$(TESTS)')

coverage: setup
	@$(MAKE) --no-print-directory build PRESET=coverage TARGET=twill_coverage
	@ctest --preset coverage --parallel $(jobs); status=$$?; echo 'report: build/coverage/coverage/coverage.md'; exit $$status

nightly: setup-test
	@$(MAKE) --no-print-directory build PRESET=release
	@python3 tests/nightly/nightly.py $(NIGHTLY)

install:
	@$(MAKE) --no-print-directory build TARGET=twill_installed
	@cmake --install $(build) $(if $(PREFIX),--prefix '$(PREFIX)')

clean:
	@rm -rf $(build)

.PHONY: help setup setup-test build demo test check sanitize threads coverage nightly install clean
