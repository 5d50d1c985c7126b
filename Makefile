# Short targets; .ci/run calls the same ones.

export CGO_ENABLED ?= 0
FUZZTIME ?= 2000x
DEMO ?= out/demo
LAB ?= out/lab
NIGHTS ?= 10
MODE ?= advise
TEAMS ?= plans
LONG ?= $(CURDIR)/out/long.zstd

.PHONY: build demo test browser screenshots race lint fuzz golden torture bench fleet bench-limits long sleep-lab closed-loop clean

build:
	go build -trimpath -o bin/apprentice ./cmd/apprentice

demo: build
	@rm -rf $(DEMO)
	./bin/apprentice nightly --logs fixtures/history --state $(DEMO)/state --output $(DEMO)/settings --now 2026-12-01T06:00:00Z
	@f=$$(grep -L "No setting changes" $(DEMO)/settings/*/overrides.conf | head -1); \
	 echo; echo "$$f:"; echo; sed 's/^/  /' "$$f"

test:
	go test ./...

# The page in a real Chromium: needs one (apt-get install chromium), or CHROMIUM=/path/to/it.
browser:
	go test -tags browser -count 1 -run '^TestBrowser' ./report/html ./cmd/apprentice

# Takes docs/screenshots anew; look at them before you commit them.
screenshots:
	go test -tags browser -count 1 -run '^TestBrowserScreenshots$$' ./report/html ./cmd/apprentice -screenshots $(CURDIR)/docs/screenshots

# Left out are packages that start nothing side by side themselves and only call
# learner, whose own tests run here, many times.
race:
	CGO_ENABLED=1 go test -race -short -timeout 30m $$(go list ./... | grep -v -e /learner/fleet -e /learner/evaluate -e /learner/ope)

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
	go test ./report -update
	go test ./learner -run TestPresets -update
	go test ./cmd/apprentice -run TestScripts -update

# The long forms of the tests of the event reader.
torture:
	go test -count 1 -timeout 1h ./eventlog -torture

# A made-up fleet of 200 pipelines over 120 nights, with exploration and without,
# and a calm one over 1,000 nights: what was decided against what is true.
fleet:
	go test -count 1 -timeout 2h -v ./learner/fleet -full

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

# The lab needs Java 17, Python 3.11 and a network; see lab/README.md.
$(LAB)/venv/bin/python: lab/requirements.txt
	python3 -m venv $(LAB)/venv
	$@ -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# Runs the sleeping lab again: the logs of fixtures/sleep, about 25 minutes.
sleep-lab: $(LAB)/venv/bin/python
	$< lab/sleep.py --work $(LAB)/sleep --logs fixtures/sleep

# Ten nights of real pipelines, each under what the night before taught; goes on
# where it was stopped. A new loop begins with: rm -rf out/lab/loop-plans-advise
closed-loop: LOOP = $(LAB)/loop-$(TEAMS)-$(MODE)
closed-loop: build $(LAB)/venv/bin/python
	@mkdir -p $(LOOP)
	$(LAB)/venv/bin/python lab/loop.py --apprentice bin/apprentice --work $(LOOP) \
	  --results $(LOOP)/results.csv --nights $(NIGHTS) --mode $(MODE) --teams $(TEAMS)
	$(LAB)/venv/bin/python lab/picture.py $(LOOP)/results.csv docs/closed-loop-$(TEAMS).svg

clean:
	rm -rf bin out
