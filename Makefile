# Short targets; .ci/run calls the same ones.

export CGO_ENABLED ?= 0
FUZZTIME ?= 2000x
DEMO ?= out/demo
LONG ?= /tmp/long.zstd

.PHONY: build demo test race lint fuzz golden torture bench bench-limits long clean

build:
	go build -trimpath -o bin/apprentice ./cmd/apprentice

demo: build
	@rm -rf $(DEMO)
	./bin/apprentice nightly --logs fixtures/history --state $(DEMO)/state --output $(DEMO)/settings --now 2026-12-01T06:00:00Z
	@f=$$(grep -L "No setting changes" $(DEMO)/settings/*/overrides.conf | head -1); \
	 echo; echo "$$f:"; echo; sed 's/^/  /' "$$f"

test:
	go test ./...

race:
	CGO_ENABLED=1 go test -race -short -timeout 30m ./...

lint:
	golangci-lint run

# Every fuzz target for a fixed number of inputs.
fuzz:
	@set -e; for pkg in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg; \
	  done; \
	done

# Rewrites golden files; look at the difference before you commit it.
golden:
	go test ./report/ -update

# The long forms of the tests of the event reader.
torture:
	go test -count 1 -timeout 1h ./eventlog -torture

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Reading against its limits, in CPU time: decoding and finding line ends, the
# zstd tool, two processes against one; docs/reading.md says what comes out.
bench-limits: build
	go test -run '^$$' -bench 'Limit|ZstdTool' -benchtime 20x -cpu 1 ./features

# A log of 10 GB: writes it (300 MB), then reads it in a process of its own.
long:
	go test -count 1 -timeout 1h ./features -run TestLongLog -write $(LONG)
	go test -count 1 -timeout 1h ./features -run TestLongLog -read $(LONG) -v

clean:
	rm -rf bin out
