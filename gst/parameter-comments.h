/* SPDX-License-Identifier: LGPL-2.1-or-later */
// clang-format off
/*
 * Documentation of what airforcevideosrc has from the vocabulary; included nowhere. Made by docs/generate-comments.cpp from
 * common/vocabulary/airforce-video-parameters.def: edit that, then `ninja -C build reference`.
 */

/**
 * GstAirforceVideoSrc:prompt:
 *
 * Description of the scene; required unless #GstAirforceVideoSrc:task-id is given.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:prompt-file:
 *
 * File to read the prompt from (UTF-8), in place of prompt.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:model:
 *
 * Video model to generate with; required unless #GstAirforceVideoSrc:task-id is given.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:mode:
 *
 * What the input images are for.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcMode:
 *
 * What the input images are for.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcMode::auto:
 *
 * Text without images, image with one, reference with more.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcMode::text:
 *
 * The prompt alone.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcMode::image:
 *
 * Animate the first frame that is given.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcMode::reference:
 *
 * Take the style from one or more frames.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:duration-seconds:
 *
 * Length of the clip; 0 is the model's minimum (s).
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:aspect-ratio:
 *
 * Aspect ratio that the model offers, such as 16:9, 9:16, 1:1 or 4:3.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:quality:
 *
 * Quality that the model offers, such as 480p, 720p or 1080p.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:input-images:
 *
 * Images to start from: http(s) URLs are passed on, paths and file: URIs are read and sent.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:seed:
 *
 * Seed for a reproducible clip, where the model supports it; -1 is none.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:sound:
 *
 * Ask for a sound track, where the model makes one.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:extra:
 *
 * JSON object of further fields for the model's provider, such as {"negative_prompt":"rain"}.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:task-id:
 *
 * Attach to this existing task: nothing is created or charged.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:store:
 *
 * Where purchases are remembered: a file, or redis://...; default: AIRFORCE_STORE, else the state directory.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:base-url:
 *
 * Origin of the API; default: AIRFORCE_BASE_URL, else https://api.airforce.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:api-key:
 *
 * API key; default: AIRFORCE_API_KEY, else the #GstAirforceVideoSrc:api-key-file.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:api-key-file:
 *
 * File that holds the API key; default: AIRFORCE_API_KEY_FILE.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:max-cost-cents:
 *
 * Create nothing that costs more, or whose price is unknown; 0 allows only what is free, -1 is no limit (cents).
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:allow-unknown-price:
 *
 * Create also when #GstAirforceVideoSrc:max-cost-cents or budget is set and the price is unknown, or extra may change it.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:budget:
 *
 * Ceiling for a series, as NAME=CENTS: all purchases under this name in the store together cost no more.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:timeout:
 *
 * Longest time from the start of the request to the task's completion (s).
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:poll-interval:
 *
 * Time between two polls at first; it grows to three times this (s).
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:progress-source:
 *
 * How the task is followed.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcProgressSource:
 *
 * How the task is followed.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcProgressSource::auto:
 *
 * Event stream, with polling while it is silent or unusable.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcProgressSource::stream:
 *
 * The same, but polling starts only when the stream has failed.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcProgressSource::poll:
 *
 * Polling alone.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:location:
 *
 * File to keep the MP4 in: complete or not at all; {#GstAirforceVideoSrc:task-id} in it stands for the task's id.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:reuse:
 *
 * Whether to reuse the result of an earlier identical request.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcReuse:
 *
 * Whether to reuse the result of an earlier identical request.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcReuse::unfinished:
 *
 * Resume its task if the clip was never delivered.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcReuse::always:
 *
 * Also replay its delivered clip, at no charge.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcReuse::never:
 *
 * Always create (and pay for) a new task.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:uri-policy:
 *
 * What opening an airforce:// URI may do; a URI never changes it.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcUriPolicy:
 *
 * What opening an airforce:// URI may do; a URI never changes it.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcUriPolicy::auto:
 *
 * What AIRFORCE_URI_POLICY says, else allow.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcUriPolicy::allow:
 *
 * Create (and pay for) tasks.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcUriPolicy::replay:
 *
 * Play existing tasks and what was bought before, create nothing.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcUriPolicy::deny:
 *
 * Nothing.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:on-stop:
 *
 * What to do with an unfinished task when the generation is cancelled.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcOnStop:
 *
 * What to do with an unfinished task when the generation is cancelled.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcOnStop::keep:
 *
 * Leave it running; the same request resumes it later.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrcOnStop::delete:
 *
 * Delete it; the service does not refund it.
 *
 * Since: 0.1
 */

/**
 * GstAirforceVideoSrc:delete-task:
 *
 * Delete the task and the service's copy once the clip has been downloaded completely.
 *
 * Since: 0.1
 */

/**
 * GstAirforceChannelSrc:model:
 *
 * Default of every item: see #GstAirforceVideoSrc:model.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:mode:
 *
 * Default of every item: see #GstAirforceVideoSrc:mode.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:duration-seconds:
 *
 * Default of every item: see #GstAirforceVideoSrc:duration-seconds.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:aspect-ratio:
 *
 * Default of every item: see #GstAirforceVideoSrc:aspect-ratio.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:quality:
 *
 * Default of every item: see #GstAirforceVideoSrc:quality.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:input-images:
 *
 * Default of every item: see #GstAirforceVideoSrc:input-images.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:seed:
 *
 * Default of every item: see #GstAirforceVideoSrc:seed.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:sound:
 *
 * Default of every item: see #GstAirforceVideoSrc:sound.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:extra:
 *
 * Default of every item: see #GstAirforceVideoSrc:extra.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:store:
 *
 * Default of every item: see #GstAirforceVideoSrc:store.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:base-url:
 *
 * Default of every item: see #GstAirforceVideoSrc:base-url.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:api-key:
 *
 * Default of every item: see #GstAirforceVideoSrc:api-key.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:api-key-file:
 *
 * Default of every item: see #GstAirforceVideoSrc:api-key-file.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:max-cost-cents:
 *
 * Default of every item: see #GstAirforceVideoSrc:max-cost-cents.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:allow-unknown-price:
 *
 * Default of every item: see #GstAirforceVideoSrc:allow-unknown-price.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:budget:
 *
 * Default of every item: see #GstAirforceVideoSrc:budget.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:timeout:
 *
 * Default of every item: see #GstAirforceVideoSrc:timeout.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:poll-interval:
 *
 * Default of every item: see #GstAirforceVideoSrc:poll-interval.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:progress-source:
 *
 * Default of every item: see #GstAirforceVideoSrc:progress-source.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:reuse:
 *
 * Default of every item: see #GstAirforceVideoSrc:reuse.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:uri-policy:
 *
 * Default of every item: see #GstAirforceVideoSrc:uri-policy.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:on-stop:
 *
 * Default of every item: see #GstAirforceVideoSrc:on-stop.
 *
 * Since: 0.2
 */

/**
 * GstAirforceChannelSrc:delete-task:
 *
 * Default of every item: see #GstAirforceVideoSrc:delete-task.
 *
 * Since: 0.2
 */
