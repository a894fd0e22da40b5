#!/bin/sh
# Measures the figures of pages/results.md: sh docs/results.sh NAME...
# NAME is classic, bounds, annealed, beta, capacity, disentangled, restoration, or all.
#   MNIST=DIR   where MNIST's four IDX files are: for classic, bounds, annealed and restoration
#   OUT=DIR     where the runs go (results); one that is finished is not trained again
#   QUICK=1     every line on very little data, with digits for MNIST: how the tests run it
set -eu

OUT=${OUT:-results}
QUICK=${QUICK:-}
mnist="--data mnist --data-dir ${MNIST:-.}"
[ -z "$QUICK" ] || mnist="--data digits"

# train RUN OPTION...
train() {
  folder=$OUT/$1
  shift
  [ ! -d "$folder/images" ] || return 0 # pictures are what a run writes last
  rm -rf "$folder"
  [ -z "$QUICK" ] || set -- "$@" --limit 64 --epochs 1
  printf '\n$ varve train %s --out %s\n' "$*" "$folder"
  varve train "$@" --progress none --out "$folder" | grep -e ' in ' -e '^  test '
}

# measure RUN OPTION...: the figures, without the lists
measure() {
  folder=$OUT/$1
  shift
  [ -z "$QUICK" ] || set -- "$@" --limit 50 --samples 5 --pool 300 --score-train 100 --score-test 50
  printf '\n$ varve eval %s %s\n' "$folder" "$*"
  varve eval "$folder" "$@" | grep -e '^  [a-z][a-z_]* .*[0-9]$' -e '^  published: '
}

# The VAE that everybody trains first: 784-400-20 on grey MNIST.
classic() {
  train classic --model vae $mnist --init fan-in --epochs 10
  measure classic --metrics elbo
}

# Burda et al. 2016: one stochastic layer, MNIST binarised anew in every epoch.
burda="$mnist --binarize dynamic --hidden 200,200 --latent 50 --activation tanh --init xavier
  --batch-size 20"
bounds() {
  budget="--epochs 30 --lr cosine:0.001:0.00005:90000"
  train vae-30 --model vae $burda $budget
  train iwae5-30 --model iwae --samples 5 $burda $budget
  train iwae50-30 --model iwae --samples 50 $burda $budget
  for run in vae-30 iwae5-30 iwae50-30; do
    measure $run --metrics nll,active-units --samples 5000 --limit 2500
  done
}

# The VAE alone for longer, with what helps it: five draws of z an image, a KL term that rises,
# averaged weights.
annealed() {
  train vae-100 --model vae --samples 5 $burda --beta linear:0.05:1:60000 --ema 0.9998 \
    --epochs 100 --lr cosine:0.001:0.00005:300000
  measure vae-100 --metrics nll,active-units --samples 5000
}

# Burgess et al. 2018: their network on sprites, 2500 steps of 64 images.
sprites="--data sprites --arch conv --init xavier --batch-size 64 --limit 160000 --epochs 1"
beta() {
  for beta in 1 4 16; do
    train beta-$beta --model beta-vae --beta $beta $sprites --lr cosine:0.001:0.00002:2500
  done
}

capacity() {
  train capacity --model capacity-beta-vae --gamma 100 --capacity linear:0:25:2000 $sprites \
    --lr cosine:0.001:0.00002:2500
}

# Disentanglement at the same budget, three seeds: 10000 steps whose objective sees 64 images.
# (FactorVAE takes half of each batch for its discriminator.)
disentangled() {
  budget="--data sprites --arch conv --init xavier --limit 640000 --lr cosine:0.001:0.0001:10000"
  seeds="1 2 3"
  [ -z "$QUICK" ] || seeds=1
  for seed in $seeds; do
    train sprites-vae-$seed --seed $seed --model vae $budget --batch-size 64 --epochs 1
    train sprites-tc-$seed --seed $seed --model beta-tcvae --beta 1@1000,linear:1:4:6000 $budget \
      --batch-size 64 --epochs 1
    train sprites-factor-$seed --seed $seed --model factor-vae --discriminator-width 256 $budget \
      --batch-size 128 --epochs 2
    for model in vae tc factor; do
      measure sprites-$model-$seed --metrics mig,factor-vae-score
    done
  done
}

# What was trained to restore images, and what was not.
restoration() {
  train plain --model autoencoder $mnist --init fan-in
  for noise in gaussian salt-and-pepper mask; do
    train denoising-$noise --model denoising-autoencoder --noise $noise $mnist --init fan-in
  done
  for mask in box pixels half; do
    train inpainting-$mask --model inpainting-autoencoder --mask $mask $mnist --init fan-in
  done
  for run in denoising-gaussian denoising-salt-and-pepper denoising-mask inpainting-box \
    inpainting-pixels inpainting-half; do
    measure $run --metrics restoration
    measure plain --metrics restoration --spoilt-by "$OUT/$run"
  done
}

names="classic bounds annealed beta capacity disentangled restoration"
[ "$*" != all ] || set -- $names
[ $# -gt 0 ] || set -- none
for name in "$@"; do
  case " $names " in
    *" $name "*) $name ;;
    *)
      echo "results.sh: '$name' is none of: $names, all" >&2
      exit 2
      ;;
  esac
done
