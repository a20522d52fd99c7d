# A whole Rails application in one file, on Debian's own gems: no bundler, no Gemfile, no assets.
ENV['RAILS_ENV'] ||= 'production'
require 'rails'
require 'action_controller/railtie'

class HelloController < ActionController::Base
  # who answers: version, task and slave, as Marathon and Mesos tell them
  def index = render(plain: "hello #{ENV.fetch('VERSION', 'v0')} task #{ENV.fetch('MESOS_TASK_ID', Socket.gethostname)} on #{ENV.fetch('HOST', '-')}\n")

  # a version that never becomes healthy is one whose HEALTH says another status
  def health = render(json: { version: ENV['VERSION'] }, status: ENV.fetch('HEALTH', '200').to_i)

  def slow = (sleep(params[:s].to_f); render(plain: "slept\n"))
end

class App < Rails::Application
  config.load_defaults 6.1
  config.eager_load = true
  config.action_controller.default_protect_from_forgery = false
  config.consider_all_requests_local = false
  config.secret_key_base = ENV['SECRET_KEY_BASE'] || 'x' * 64
  config.hosts.clear
  config.root = __dir__
  config.logger = ActiveSupport::Logger.new($stdout)
  config.log_level = :warn
  routes.append do
    root to: 'hello#index'
    post '/', to: 'hello#index'
    get '/healthz', to: 'hello#health'
    get '/slow', to: 'hello#slow'
  end
end
App.initialize!
run App
