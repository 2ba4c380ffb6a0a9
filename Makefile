# What a person or a CI runner does with Kiln; see README.md and docs/testing.md.

PREFIX  ?= /usr/local
DESTDIR ?=
CARGO   ?= cargo
TOOLS   := validate build-ec2 build-vmware build-virtualbox build-qemu provision postprocess

share   := $(DESTDIR)$(PREFIX)/share
release := $(or $(CARGO_TARGET_DIR),target)/release

.PHONY: help build install uninstall setup demo test test-qemu test-virtualbox test-vagrant test-boot-command check deny fuzz bench docs clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

build: ## Build the tools for use, into target/release
	$(CARGO) build --release --workspace --exclude kiln-tests

install: build ## Install tools, man pages and completions under PREFIX (/usr/local), below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 $(share)/bash-completion/completions \
	    $(share)/zsh/site-functions $(share)/fish/vendor_completions.d
	@set -e; for tool in $(TOOLS); do \
	    echo "install $$tool"; \
	    install -m 755 $(release)/$$tool $(DESTDIR)$(PREFIX)/bin/$$tool; \
	    $(release)/$$tool --man > $(share)/man/man1/$$tool.1; \
	    $(release)/$$tool --completions bash > $(share)/bash-completion/completions/$$tool; \
	    $(release)/$$tool --completions zsh > $(share)/zsh/site-functions/_$$tool; \
	    $(release)/$$tool --completions fish > $(share)/fish/vendor_completions.d/$$tool.fish; \
	done

uninstall: ## Remove what install installed
	@for tool in $(TOOLS); do rm -f $(DESTDIR)$(PREFIX)/bin/$$tool $(share)/man/man1/$$tool.1 \
	    $(share)/bash-completion/completions/$$tool $(share)/zsh/site-functions/_$$tool \
	    $(share)/fish/vendor_completions.d/$$tool.fish; done

setup: ## Make the testbed: missing packages, a Python environment, the guests' files
	@tests/setup.sh

demo: setup ## Build one template for AWS (a local stand-in), VMware and VirtualBox (in QEMU)
	@tests/demo.sh

test: setup ## Run every test, whole pipelines included
	@tests/aws/selftest.sh
	$(CARGO) build --workspace --all-targets
	$(CARGO) test --workspace --no-fail-fast

test-qemu: setup ## Boot the tiny guest under QEMU on every disk controller and network adapter (minutes)
	$(CARGO) test -p hypervisor --test hypervisor -- --ignored every_device --nocapture

test-virtualbox: setup ## One build on the real VirtualBox, from start to export (10 minutes and more: it interprets the guest)
	$(CARGO) build --workspace
	@tests/virtualbox/round-trip.sh vboxmanage

test-vagrant: setup ## 'vagrant up' of a box of ours (a minute; wants Vagrant)
	$(CARGO) build --workspace
	@tests/virtualbox/vagrant.sh

test-boot-command: setup ## Type a boot command that waits for its prompts 20 times, on a busy computer (minutes)
	$(CARGO) build --workspace
	@tests/boot-command.sh

fuzz: ## Give every parser made-up texts for two minutes each, or FUZZ_SECONDS (installs cargo-fuzz)
	@fuzz/run.sh $(or $(FUZZ_SECONDS),120)

check: setup ## Formatting, lints, documentation, and licences where cargo-deny is installed
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items
	@if command -v cargo-deny > /dev/null; then $(CARGO) deny --offline check bans licenses sources; \
	else echo "cargo-deny is not installed, so licences were not checked: 'make deny' installs it (five minutes) and does"; fi

deny: ## Check licences, sources and known vulnerabilities of all crates (installs cargo-deny)
	@command -v cargo-deny > /dev/null || { echo "installing cargo-deny: compiles for about five minutes"; $(CARGO) install cargo-deny --locked; }
	$(CARGO) deny check

bench: setup ## Measure against Packer, side by side; rewrites the numbers in docs/bench.md
	@tests/bench.sh

docs: ## Build the API documentation of all crates
	$(CARGO) doc --workspace --no-deps
	@echo "open target/doc/record/index.html"

clean: ## Remove everything that was built, the testbed included
	$(CARGO) clean
	@if [ -d .testbed ]; then if [ "$$(id -u)" = 0 ]; then rm -rf .testbed; else sudo rm -rf .testbed; fi; fi
