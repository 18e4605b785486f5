#!/usr/bin/env node
import '../dist/generator/bin.js';
